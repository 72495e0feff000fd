import pytest

from align import tokens
from align.wording import attribute_lemma, only_joined, thing_lemma, told_by, with_side


def split(caption, words):
    (part,) = tokens.sentences(caption, words)
    return part


def test_a_thing_of_several_words_has_the_base_form_of_its_last(words):
    assert thing_lemma(split("candy canes", words), words) == "candy cane"
    assert thing_lemma(split("big dogs", words), words) == "big dog"


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [("standing", True, ("stand", True)), ("big", True, ("big", False)),
     ("grinning", False, ("grinning", False))],
)  # fmt: skip
def test_only_a_verb_after_its_thing_is_said_of_it(text, after, expected, words):
    assert attribute_lemma(split(text, words), after=after) == expected


def said(caption, words, source, target, verb, rest):
    read = split(caption, words)
    return " ".join(t.text for t in told_by(read, source, target, verb, rest))


def test_a_relation_is_told_by_its_words_or_by_those_between_or_by_its_second_thing(words):
    ends = ((1, 2), (6, 7))
    assert said("a dog sitting on the red hat", words, *ends, 2, "on") == "sitting on"
    assert said("a dog in the big red hat", words, *ends, None, "in") == "in"
    assert said("a dog in the big red hat", words, *ends, None, "wear") == "in the big red"
    assert said("dog hat", words, (0, 1), (1, 2), None, "have") == "hat"


def test_what_only_and_tells_is_known(words):
    assert only_joined(split("and", words), "next to")
    assert only_joined(split(",", words), "in")
    assert not only_joined(split("in", words), "in")


def test_a_side_that_the_caption_names_is_kept(words):
    read = split("on the left side of", words)
    assert with_side("on side of", read) == "on left side of"
    assert with_side("on left side of", read) == "on left side of"
    assert with_side("in", read) == "in"
