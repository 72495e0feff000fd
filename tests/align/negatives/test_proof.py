import pytest

from align import facts, parser
from align.negatives import candidates, proof
from align.negatives import words as lexicon
from curate.dataset.wordnet import NOUN

ENGLISH = lexicon.of("en")


@pytest.fixture
def prove(words):
    """The proof that a negative is false of a picture with some captions, or None."""

    def run(caption, negative, *others, nouns=("cat", "dog", "mouse", "heron", "great_blue_heron")):
        said = (caption, *others)
        stated = [facts.of_graph(parser.parse(text, words)) for text in said]
        graph = parser.parse(caption, words)
        kinds = candidates.nouns_by_kind([n.replace("_", " ") for n in nouns], words.database)
        every = [
            *candidates.by_words(caption, ENGLISH),
            *candidates.by_graph(caption, graph, ENGLISH, kinds, words.database),
        ]
        (one,) = [candidate for candidate in every if candidate.caption == negative]
        come = facts.of_graph(parser.parse(negative, words))
        written = {w for text in said for w in text.split()}
        known = proof.Known(
            frozenset().union(*stated),
            frozenset(b for w in written for b in words.database.base_forms(w, NOUN)),
            proof.members((text, ENGLISH) for text in said),
        )
        return proof.by_facts(one, stated[0] - come, come - stated[0], known, words.database)

    return run


def test_an_attribute_excludes_its_like(prove):
    found = prove("a red ball", "a white ball")
    assert (found.kind, found.was, found.becomes) == ("attribute", "red ball", "white ball")


def test_a_count_excludes_another(prove):
    assert prove("two cats", "three cats").becomes == "3 x cat"


def test_an_object_excludes_its_like_in_all_that_is_said_of_it(prove):
    found = prove("a big dog in a box", "a big cat in a box")
    assert (found.kind, found.was, found.becomes) == ("object", "dog", "cat")


@pytest.mark.parametrize(
    ("caption", "negative", "other"),
    [
        ("a red ball", "a white ball", "a white ball with dots"),  # said of the same picture
        ("a red ball", "a black ball", "a white umbrella"),  # which of two colours is meant
        ("a dog in a box", "a cat in a box", "a cat"),
        ("a dog in a box", "a cat in a box", "an animal"),  # more general: may be the dog, or not
        ("a man", "a woman", "a woman with a hat"),
    ],
)
def test_what_other_captions_of_the_picture_may_say_is_no_negative(prove, caption, negative, other):
    assert prove(caption, negative) is not None
    assert prove(caption, negative, other) is None


def test_a_kind_and_what_it_is_a_kind_of_do_not_exclude_each_other(words):
    related = proof._Relatedness(words.database)
    assert related("heron", "great blue heron")
    assert related("bat", "chiropteran")
    assert not related("dog", "cat")


def test_a_relation_that_holds_one_way_may_be_turned(prove):
    found = prove("man in box", "box in man")
    assert (found.kind, found.becomes) == ("relation", "box in man")


def test_a_relation_that_holds_both_ways_may_not(prove):
    assert prove("man near box", "box near man") is None


def test_exchanged_attributes_must_be_of_one_group(prove):
    assert prove("a black dog and a white cat", "a white dog and a black cat") is not None
    assert prove("a big dog and a white cat", "a white dog and a big cat") is None


def test_in_other_languages_any_language_may_contradict():
    german, english = lexicon.of("de"), ENGLISH
    (one, *_) = candidates.by_words("ein roter Ball", german)
    said = [("ein roter Ball", german)]
    known = proof.Known(frozenset(), frozenset(), proof.members(said))
    assert proof.by_words(one, known).was == "red"
    known = known._replace(members=proof.members([*said, ("a blue ball", english)]))
    assert proof.by_words(one, known) is None
