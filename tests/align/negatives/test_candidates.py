import pytest

from align import parser
from align.negatives import candidates
from align.negatives import words as lexicon

ENGLISH = lexicon.of("en")


def by_words(caption, lang="en"):
    return {c.caption for c in candidates.by_words(caption, lexicon.of(lang))}


@pytest.fixture
def by_graph(words):
    def run(caption, *nouns):
        graph = parser.parse(caption, words)
        kinds = candidates.nouns_by_kind(nouns, words.database)
        found = candidates.by_graph(caption, graph, ENGLISH, kinds, words.database)
        return {(c.how, c.caption) for c in found}

    return run


def test_a_member_of_a_group_becomes_every_other():
    assert by_words("Two cats") == {"Three cats", "Four cats", "Five cats", "Six cats"}
    assert by_words("mano a la izquierda", "es") == {"mano a la derecha"}


def test_a_caption_that_says_two_members_is_left_alone():
    assert not by_words("a red and white ball")


def test_an_article_stays_right():
    assert by_words("an open box") == set()  # a closed box asks for another article
    assert "an old man" not in by_words("a young man")


def test_attributes_and_objects_change_places(by_graph):
    assert ("attributes", "a white dog and a black cat") in by_graph("a black dog and a white cat")
    assert ("objects", "box in cat") in by_graph("cat in box")
    assert not any(how == "objects" for how, _ in by_graph("red cat in a box"))


def test_a_noun_becomes_another_of_its_kind_that_captions_name(by_graph):
    assert by_graph("a dog", "cat", "mouse", "hat") == {("noun", "a cat"), ("noun", "a mouse")}


def test_persons_have_no_kinds_that_exclude_each_other(by_graph):
    assert not by_graph("a teacher", "person", "teacher")


def test_edits_are_applied_in_any_order():
    edits = [candidates.Edit(6, 9, "cat"), candidates.Edit(0, 1, "the")]
    assert candidates.applied("a big dog", edits) == "the big cat"
