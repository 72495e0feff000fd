import pytest

from augment.words.tongues import coloured, readable


@pytest.mark.parametrize(
    "caption",
    [
        "Gatto Nero",
        "casa branca",
        "witte hond",
        "biały pies",
        "vit hund",
        "kırmızı elma",
        "red hat",
    ],
)
def test_a_colour_is_found_in_whatever_language(caption):
    assert coloured(caption)


@pytest.mark.parametrize("caption", ["a cat", "ein Hund", "un gato", "собака", "猫", "chien", ""])
def test_what_has_no_colour_names_none(caption):
    assert not coloured(caption)


@pytest.mark.parametrize(
    ("caption", "lang", "told"),
    [
        ("a dog in the garden", "en", True),
        ("ein Hund im Garten", "de", True),
        ("庭にいる犬", "ja", True),
        ("Uganda", "en", True),
        ("a", "en", True),
        ("ein Hund im Garten", "en", False),
        ("Bottiglia di vino pregiato", "en", False),
        ("庭にいる犬", "en", False),
        ("mbwa bustanini", "sw", False),
    ],
)
def test_a_caption_is_read_in_the_language_that_it_may_be_in(caption, lang, told):
    assert readable(caption, lang) is told
