import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.dataset import parts, tables
from curate.dataset.errors import DataError

TABLE = pa.table({"uid": [f"{n:04}" for n in range(10)], "value": range(10)})


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A table of ten rows, where a part holds four."""
    monkeypatch.setattr(parts, "ROWS", 4)
    path = tmp_path / "table.parquet"
    pq.write_table(TABLE, path, row_group_size=3)
    return path


def test_the_rows_of_a_file_come_in_their_order_and_each_part_says_where_it_is(file):
    found = list(parts.stream(file))
    assert pa.concat_tables(part.rows for part in found) == TABLE
    assert max(part.rows.num_rows for part in found) <= 4
    assert found[1].name.startswith(f"rows {found[0].rows.num_rows} to ")
    assert found[1].name.endswith(f" of {file}")
    assert tables.count(file) == 10


def test_a_table_without_rows_is_one_empty_part(tmp_path):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "empty.parquet")
    (part,) = parts.stream(tmp_path / "empty.parquet", ["uid"])
    assert part == ("", TABLE.slice(0, 0).select(["uid"]))


@pytest.mark.parametrize("number", [1, 3, 16])
def test_all_rows_of_a_key_are_in_one_part_and_none_is_lost(number):
    keys = [f"key {n % 7}" for n in range(50)] + [None, None]
    table = pa.table({"key": keys, "row": range(52)})
    found = list(parts.by_key([table.slice(0, 20), table.slice(20)], "key", number))
    assert len(found) == number
    rows = pa.concat_tables([part.rows for part in found])
    assert sorted(rows.column("row").to_pylist()) == list(range(52))
    seen = [set(part.rows.column("key").to_pylist()) for part in found]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 8


def test_tables_that_are_cut_by_the_same_key_go_together():
    left = pa.table({"key": [f"{n}" for n in range(100)]})
    right = pa.table({"other": range(60), "key": [f"{n}" for n in range(0, 120, 2)]})
    for a, b in zip(parts.by_key([left], "key", 8), parts.by_key([right], "key", 8), strict=True):
        there = set(a.rows.column("key").to_pylist())
        wanted = {key for key in b.rows.column("key").to_pylist() if int(key) < 100}
        assert wanted <= there


def test_what_breaks_the_order_of_keys_is_told_over_the_borders_of_parts():
    table = [pa.table({"uid": ["a", "b"]}), pa.table({"uid": ["b", "c", "a"]})]
    found = parts.ordered([parts.Part("", rows) for rows in table], "uid")
    assert [part.rows.column("in_order").to_pylist() for part in found] == [
        [True, True],
        [False, True, False],
    ]


def test_a_table_is_cut_into_more_parts_the_larger_it_is():
    assert [parts.count(n) for n in (0, parts.ROWS, parts.ROWS + 1, 10**12)] == [1, 1, 2, 256]


def test_a_file_that_is_not_there_or_no_table_is_an_error_that_names_it(tmp_path):
    with pytest.raises(DataError, match=r"no table at .*gone\.parquet"):
        list(parts.stream(tmp_path / "gone.parquet"))
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(DataError, match=r"text\.parquet cannot be read as parquet"):
        tables.count(tmp_path / "text.parquet")
