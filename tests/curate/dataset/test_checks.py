import subprocess
import sys

import pyarrow as pa
import pytest

from curate.dataset import checks, parts, record

SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("number", pa.int32()),
        pa.field("large", pa.int64(), nullable=False),
        pa.field("share", pa.float32()),
        pa.field("exact", pa.float64()),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("names", pa.list_(pa.string()), nullable=False),
    ]
)
GOOD = pa.table(
    {
        "uid": ["a", "b"],
        "number": [None, 3],
        "large": [1, 2],
        "share": [0.5, None],
        "exact": [None, None],
        "kept": [True, False],
        "names": [["x"], []],
    },
    SCHEMA,
)


def failures(rows, expectations):
    return checks.run("test", [checks.Check("rows", parts.whole(rows), expectations)])[0].failures


def put(column, values, kind=None):
    array = pa.array(values, kind or SCHEMA.field(column).type)
    return GOOD.set_column(GOOD.column_names.index(column), column, array)


@pytest.mark.parametrize(
    "schema", [record.PAIRS, record.DECISIONS, record.SPLITS, record.MANIFEST, record.REJECTED]
)
def test_an_empty_table_of_any_of_our_schemas_meets_its_expectations(schema):
    expectations = checks.from_schema(schema, schema.names[0])
    assert failures(schema.empty_table(), expectations) == []


def test_a_table_that_fits_its_schema_meets_every_expectation():
    expectations = checks.from_schema(SCHEMA, "uid")
    assert len(expectations) == 2 * len(SCHEMA) + 4 + 1
    assert failures(GOOD, expectations) == []


@pytest.mark.parametrize(
    ("rows", "expectation", "count"),
    [
        (GOOD.drop_columns(["share"]), "expect_column_to_exist(column='share')", None),
        (put("number", [1, 2], pa.int64()), "be_of_type(column='number', type_='int32')", None),
        (put("number", ["1", "2"], pa.string()), "be_of_type(column='number'", None),
        (put("large", [1, None]), "expect_column_values_to_not_be_null(column='large')", 1),
        (put("uid", ["a", "a"]), "expect_column_values_to_be_unique(column='uid')", 2),
    ],
    ids=["column missing", "wider type", "other type", "null", "key twice"],
)
def test_what_breaks_a_schema_is_found_and_counted(rows, expectation, count):
    found = failures(rows, checks.from_schema(SCHEMA, "uid"))
    hits = [f for f in found if expectation in f.expectation]
    assert [f.rows for f in hits] == [count]


def test_a_key_of_several_columns_is_taken_as_a_whole():
    expectations = checks.from_schema(SCHEMA, ["uid", "large"])
    assert failures(put("uid", ["a", "a"]), expectations) == []
    both = put("uid", ["a", "a"]).set_column(2, "large", pa.array([1, 1], pa.int64()))
    assert any(
        "compound_columns_to_be_unique" in f.expectation for f in failures(both, expectations)
    )


def test_a_failure_tells_the_words_and_the_values_that_were_found():
    import great_expectations.expectations as gxe

    expectation = gxe.ExpectColumnValuesToBeBetween(
        column="large", max_value=1, description="large is small"
    )
    assert failures(GOOD, [expectation]) == [
        checks.Failure("rows", "large: large is small", 1, "2")
    ]


def test_values_found_are_escaped_on_the_page():
    import great_expectations.expectations as gxe

    rows = put("uid", ["<img src=x onerror=alert(1)>", "b"])
    expectation = gxe.ExpectColumnValueLengthsToBeBetween(column="uid", max_value=3)
    outcome = checks.run("test", [checks.Check("rows", parts.whole(rows), [expectation])])[0]
    assert "&lt;img src=x" in outcome.page
    assert "<img src=x" not in outcome.page


def test_great_expectations_is_imported_only_when_it_is_needed():
    code = "import sys, curate.dataset.checks; assert 'great_expectations' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
