"""Rows become a table in Markdown that keeps its columns whatever they hold."""

from pathlib import Path

from curate.stage import markdown


def test_columns_of_numbers_are_set_to_the_right_and_thousands_are_marked() -> None:
    """As GitHub reads it."""
    assert markdown.table(("split", "pairs"), [("train", 12345), ("test", 6)]) == [
        "| split | pairs |",
        "|---|---:|",
        "| train | 12,345 |",
        "| test | 6 |",
    ]


def test_bars_and_new_lines_in_a_value_make_no_further_cell_or_row() -> None:
    """A caption may hold both."""
    (*_, row) = markdown.table(("caption",), [("a | b\nc",)])
    assert row == "| a \\| b c |"


def test_a_table_without_rows_has_its_heads() -> None:
    """There may be no run yet."""
    assert markdown.table(("run", "recall"), []) == ["| run | recall |", "|---|---|"]


def test_a_file_has_the_lines_and_nothing_beside_it(tmp_path: Path) -> None:
    """Its folder is made."""
    out = tmp_path / "reports" / "table.md"
    markdown.write(["a", "b"], out)
    assert out.read_text(encoding="utf-8") == "a\nb\n"
    assert [*out.parent.iterdir()] == [out]
