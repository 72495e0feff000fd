from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.scorers import caption
from tests._validated import validated

FOLDER = Path("data/scores")
RANGES = {"caption.words": [0, 10], "caption.boilerplate": [0, 1]}


def check():
    params = {"reads": "data/scores", "beside": "data/pool", "ranges": RANGES}
    return validated("scores", params)


@pytest.fixture
def scored(drawn_project):
    pairs = pa.Table.from_pylist(drawn_project.pairs)
    rows = caption.score(pairs, caption.Params())
    tables.write(rows, FOLDER / "caption.parquet", "uid", caption.SCHEMA)
    return rows


def test_the_scores_of_a_pool_pass(scored):
    assert check()["tables"] == {
        "caption": {"rows": 8, "evaluated": 20},
        "keys": {"rows": 1, "evaluated": 2},
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.slice(1), "every key of the pool has a row"),
        (lambda rows: put(rows, "uid", "f" * 32), "every row's key is in the pool -- not met by 1"),
        (lambda rows: put(rows, "uid", "f" * 32), f"1 row: '1, the first is {'f' * 32}'"),
        (lambda rows: put(rows, "words", 11), "column='words', min_value=0.0, max_value=10.0"),
        (lambda rows: rows.drop_columns(["mojibake"]), "expect_column_to_exist"),
    ],
    ids=["row missing", "row of another pool", "its name", "out of range", "column missing"],
)
def test_a_breach_is_named(scored, change, message):
    tables.write(change(scored), FOLDER / "caption.parquet", "uid")
    with pytest.raises(DataError) as caught:
        check()
    assert message in str(caught.value)


def put(rows, column, value):
    """The rows with one value of a column replaced."""
    values = rows.column(column).to_pylist()
    values[0] = value
    index = rows.column_names.index(column)
    return rows.set_column(index, column, pa.array(values, rows.schema.field(column).type))


def test_no_scores_at_all_is_an_error_that_says_what_to_run(drawn_project):
    with pytest.raises(DataError, match="run the score stages"):
        check()
