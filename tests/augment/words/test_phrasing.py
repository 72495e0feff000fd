import pytest

from augment.words import phrasing
from curate.dataset.errors import DataError


@pytest.mark.parametrize(
    ("lang", "a", "b", "whole"),
    [
        ("en", "A lion.", "A hedgehog.", "a lion and a hedgehog"),
        ("en-GB", "wolf", "bicycle", "wolf and bicycle"),
        ("de", "Ein Löwe.", "Ein Igel!", "ein Löwe und ein Igel"),
        ("fr", "Un âne.", "Une fusée.", "un âne et une fusée"),
        ("es", "Un león.", "iguana", "un león e iguana"),
        ("es", "un león", "hielo", "un león y hielo"),
        ("es", "un cubo", "higo", "un cubo e higo"),
        ("ru", "осёл", "лев", "осёл и лев"),
        ("ja", "ロバ", "ロケット", "ロバとロケット"),
    ],
)
def test_two_captions_become_one_phrase_of_their_language(lang, a, b, whole):
    placed = phrasing.join(phrasing.phrase(a, lang), phrasing.phrase(b, lang), lang)
    assert placed.text == whole
    assert whole[slice(*placed.a)] == phrasing.phrase(a, lang)
    assert whole[slice(*placed.b)] == phrasing.phrase(b, lang)


@pytest.mark.parametrize(
    "caption",
    [
        "woman: dark skin tone",
        "The letter “b”",
        "King. Can move one step.",
        "keycap: 2",
        "8 ball form",
        "-- Because",
        "books, pens",
        "!",
        "",
        " ".join(["word"] * 9),
        "x" * 61,
    ],
)
def test_what_is_more_than_a_phrase_is_left_alone(caption):
    assert phrasing.phrase(caption, "en") is None


def test_a_proper_name_keeps_its_capital_and_a_common_noun_does_not():
    assert phrasing.phrase("Santa Claus.", "en") == "Santa Claus"
    assert phrasing.phrase("Осёл.", "ru", common=True) == "осёл"
    assert phrasing.phrase("Pudel", "de", common=True) == "Pudel"
    assert phrasing.phrase("DNA", "en", common=True) == "DNA"


@pytest.mark.parametrize(
    ("lang", "left", "above"),
    [
        ("en", "left: A, right: B", "top: A, bottom: B"),
        ("de", "links: A, rechts: B", "oben: A, unten: B"),
        ("es", "a la izquierda: A, a la derecha: B", "arriba: A, abajo: B"),
        ("fr", "à gauche : A, à droite : B", "en haut : A, en bas : B"),
        ("ru", "слева: A, справа: B", "сверху: A, снизу: B"),
        ("ja", "左: A、右: B", "上: A、下: B"),
    ],
)
def test_what_is_left_or_above_stands_first_in_every_language(lang, left, above):
    assert phrasing.place("A", "B", "left", lang).text == left
    assert phrasing.place("A", "B", "above", lang).text == above
    assert phrasing.covered(lang)


def test_sentences_keep_their_marks_and_get_one_where_they_have_none():
    assert phrasing.sentences("A lion.", "wolf", "en") == "A lion. wolf."
    assert phrasing.sentences("ロバ", "ロケット！", "ja") == "ロバ。ロケット！"


def test_a_language_without_forms_names_the_known_ones():
    assert not phrasing.covered("nl")
    with pytest.raises(DataError, match="known: de, en, es, fr, ja, ru"):
        phrasing.join("een leeuw", "een egel", "nl")
