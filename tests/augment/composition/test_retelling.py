import pytest

from augment.composition.retelling import retell


@pytest.mark.parametrize(
    ("caption", "was", "becomes", "expected"),
    [
        ("A red apple.", "red", "blue", "A blue apple."),
        ("A red apple.", "red", "orange", "An orange apple."),
        ("An orange car", "orange", "green", "A green car"),
        ("An apple.", "apple", "lemon", "A lemon."),
        ("a lemon", "lemon", "hourglass", "an hourglass"),
        ("red envelope", "envelope", "apple", "red apple"),
        ("yellow hard hat", "hard hat", "unicorn", "yellow unicorn"),
    ],
)
def test_the_words_of_the_fact_are_changed_with_the_article_before_them(
    caption, was, becomes, expected
):
    assert retell(caption, was, becomes) == expected


@pytest.mark.parametrize(
    ("caption", "was"), [("orange orange", "orange"), ("A redder apple.", "red"), ("", "red")]
)
def test_words_that_do_not_stand_there_once_are_left(caption, was):
    assert retell(caption, was, "blue") is None
