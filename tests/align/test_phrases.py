import pytest

from align.phrases import Description, NounPhrase, chunk
from align.tagger import Token, tag


def phrases(caption, words):
    elements = chunk(caption, tag(caption, words), words)
    return [e for e in elements if isinstance(e, NounPhrase)]


@pytest.mark.parametrize(
    ("caption", "head", "modifiers", "quantifier"),
    [
        ("three big red hats", "hat", ["big", "red"], None),
        ("two big hats", "hat", ["big"], "2"),
        ("some hats", "hat", [], "some"),
        ("a candy cane", "candy cane", [], None),
        ("a candy flag", "flag", ["candy"], None),
        ("a very big dog", "dog", ["very big"], None),
        ("a dark blue hat", "hat", ["dark blue"], None),
        ("a dark hat", "hat", ["dark"], None),
        ("a red, white and blue flag", "flag", ["red", "white", "blue"], None),
        ("a white colored hat", "hat", ["white"], None),
        ("a 25 dog stamp", "stamp", ["25 dog"], None),
        ("0002 kite", "kite", [], None),
        ("the letter k", "letter", ["k"], None),
        ("no cats", "cat", [], "no"),
    ],
)
def test_a_phrase_has_head_modifiers_and_quantity(caption, head, modifiers, quantifier, words):
    (phrase,) = phrases(caption, words)
    expected = "3" if caption.startswith("three") else quantifier
    assert phrase.head.lemma == head
    assert [m.text for m in phrase.modifiers] == modifiers
    assert phrase.quantifier == expected


def test_adjectives_without_a_noun_are_a_description(words):
    elements = chunk("the cat is big and brown", tag("the cat is big and brown", words), words)
    (description,) = [e for e in elements if isinstance(e, Description)]
    assert [m.text for m in description.modifiers] == ["big", "brown"]


def test_tokens_between_phrases_are_kept(words):
    elements = chunk("cat in a box", tag("cat in a box", words), words)
    assert [e.text for e in elements if isinstance(e, Token)] == ["in"]


def test_words_of_quantity_are_measures(words):
    first, second = phrases("a pair of hats", words)
    assert first.measure
    assert not second.measure


def test_a_bare_side_is_no_thing(words):
    assert phrases("left", words) == []
    assert [p.head.lemma for p in phrases("the left hand", words)] == ["hand"]
