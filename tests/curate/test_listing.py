import pytest

from curate import listing


def test_columns_stand_one_below_the_other_and_numbers_to_the_right():
    rows = [("name", "count", "what"), ("a", "1,000", "long text"), ("bcdef", "7", "")]
    assert list(listing.table(rows, right=(1,))) == [
        "name   count  what",
        "a      1,000  long text",
        "bcdef      7",
    ]
    assert list(listing.table([])) == []


def test_wide_letters_and_marks_take_the_cells_that_a_terminal_gives_them():
    assert list(listing.table([("猫", "cat"), ("abc", "x"), ("e\u0301", "e")])) == [
        "猫   cat",
        "abc  x",
        "e\u0301    e",
    ]


def test_a_caption_is_cut_and_kept_on_its_line():
    assert listing.short("a\n cat") == "a cat"
    assert listing.short("x" * 60) == "x" * 60
    assert listing.short("x" * 61) == "x" * 59 + "…"


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "+0"), (-0.25, "−0.25"), (1234.5, "+1,234"), (None, ""), (float("nan"), "")],
)
def test_a_margin_has_its_sign(value, said):
    assert listing.signed(value) == said


def test_a_value_that_stays_is_said_once():
    assert listing.arrow("1", "2") == "1 → 2"
    assert listing.arrow("1", "1") == "1"
    assert listing.arrow("", "2") == "– → 2"
    assert listing.arrow("", "") == ""
