import jinja2
import numpy as np
import pyarrow as pa
import pytest

from curate.reports import cards, page


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0"),
        (1234567, "1,234,567"),
        (12.0, "12"),
        (0.123456, "0.123"),
        (1234.5, "1,234"),
        (-0.05, "−0.05"),
    ],
)
def test_numbers_read_well(value, text):
    assert page.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0%"), (0.001, "<1%"), (0.5, "50%"), (1, "100%")],
)
def test_what_is_above_nothing_never_reads_as_nothing(value, text):
    assert page.share(value) == text


def test_one_pair_is_not_called_pairs():
    assert [page.plural(n, "pair") for n in (0, 1, 2000)] == ["0 pairs", "1 pair", "2,000 pairs"]
    assert page.plural(2, "more language", "more languages") == "2 more languages"


def test_commands_in_a_text_are_code_and_markup_in_it_is_text():
    told = page.coded("`dvc repro <stage>` & one ` alone")
    assert told == "<code>dvc repro &lt;stage&gt;</code> &amp; one ` alone"


def test_words_that_are_missing_are_none_and_numbers_not_a_number():
    table = pa.table({"words": ["red", None], "number": [1.0, None], "holds": [True, None]})
    first, second = cards.rows(table.to_pandas())
    assert first == {"words": "red", "number": 1.0, "holds": True}
    assert (second["words"], second["holds"]) == (None, None)
    assert np.isnan(second["number"])


def test_a_value_that_a_template_lacks_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        page.render("report.html", title="x")


@pytest.mark.parametrize(
    ("recipe", "lines"),
    [
        (
            '{"seed": 1, "transforms": [{"name": "Rotate", "limit": 8.0, "fill": [0, 1]}, '
            '{"name": "HorizontalFlip"}]}',
            ["Rotate limit 8, fill 0 1", "HorizontalFlip"],
        ),
        (
            '{"method": "swap", "words": {"old": "red", "new": "blue"}}',
            ["method: swap", "words: old red, new blue"],
        ),
        ("not JSON", ["not JSON"]),
        ("[1, 2]", ["1 2"]),
        (None, []),
    ],
)
def test_a_recipe_is_told_in_lines(recipe, lines):
    assert cards.recipe(recipe) == lines
