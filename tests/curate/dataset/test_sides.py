import pytest

from curate.dataset import sides


def test_each_side_is_the_opposite_of_its_opposite_and_of_no_other_word():
    for lang, found in sides.languages().items():
        assert found.opposites, lang
        for word, other in found.opposites.items():
            assert word != other
            assert found.opposites[other] == word


@pytest.mark.parametrize(
    ("tag", "word", "other"),
    [
        ("en-GB", "left", "right"),
        ("de_AT", "linken", "rechten"),
        ("es", "izquierda", "derecha"),
        ("fr", "gauche", "droite"),
        ("RU", "слева", "справа"),
        ("ja", "左", "右"),
    ],
)
def test_a_language_has_its_words_in_whatever_region(tag, word, other):
    assert sides.of(tag).opposites[word] == other


def test_a_language_without_words_has_none():
    assert sides.of("enm") is None


def test_words_without_an_opposite_are_told_of_too():
    found = sides.of("en")
    assert "starboard" in found.words
    assert "starboard" not in found.opposites
