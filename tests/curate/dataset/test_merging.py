"""What holds of parts, held against what great-expectations says of the whole table."""

import great_expectations.expectations as gxe
import pyarrow as pa
import pytest

from curate.dataset import checks, parts

ROWS = pa.table(
    {
        "uid": [f"{n:02}" for n in range(40)],
        "value": [n if n % 10 else None for n in range(40)],
        "licence": ["CC0" if n % 4 else None for n in range(40)],
    }
)
EXPECTATIONS = [
    gxe.ExpectColumnToExist(column="value"),
    gxe.ExpectColumnToExist(column="gone"),
    gxe.ExpectColumnValuesToBeBetween(column="value", max_value=33),
    gxe.ExpectColumnValuesToNotBeNull(column="licence", mostly=0.75),
    gxe.ExpectColumnValuesToNotBeNull(column="value", mostly=0.95),
    gxe.ExpectColumnValuesToBeUnique(column="uid"),
]


def run(cut):
    named = [parts.Part(f"part {n}", rows) for n, rows in enumerate(cut)]
    return checks.run("test", [checks.Check("rows", named, EXPECTATIONS, ["uid"], "mend it")])[0]


def test_parts_are_told_as_the_whole_table_is():
    whole, cut = run([ROWS]), run([ROWS.slice(start, 7) for start in range(0, 40, 7)])
    assert (whole.rows, whole.parts) == (40, 1)
    assert (cut.rows, cut.parts) == (40, 6)
    assert cut.evaluated == whole.evaluated == 6
    told = [(f.expectation, f.rows) for f in whole.failures]
    assert [(f.expectation, f.rows) for f in cut.failures] == told
    assert [rows for _, rows in told] == [6, 4, None]
    for words in ("36", "40", "licence"):
        assert words in cut.page


def test_a_share_is_asked_of_the_whole_and_not_of_each_part():
    poor = ROWS.filter(pa.compute.is_null(ROWS.column("licence")))
    rich = ROWS.filter(pa.compute.is_valid(ROWS.column("licence")))
    assert not [f for f in run([poor, rich]).failures if "licence" in f.expectation]
    assert [f for f in run([poor, poor, rich]).failures if "licence" in f.expectation]


def test_a_breach_names_rows_and_the_parts_that_they_are_in():
    found = run([ROWS.slice(0, 35), ROWS.slice(35)])
    (large,) = [f for f in found.failures if "max_value=33" in f.expectation]
    assert large.where == "uid 34 in part 0; uid 35, uid 36, uid 37 and others in part 1"
    assert large.advice == "mend it"


def test_a_table_without_a_part_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="table rows has no part"):
        run([])
