import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import DataError

SCHEMA = pa.schema([pa.field("uid", pa.string(), nullable=False), pa.field("x", pa.int32())])


def test_row_order_does_not_change_a_byte(tmp_path):
    rows = [{"uid": "b", "x": 2}, {"uid": "a", "x": 1}, {"uid": "c", "x": None}]
    tables.write(pa.Table.from_pylist(rows, SCHEMA), tmp_path / "one.parquet", "uid", SCHEMA)
    tables.write(pa.Table.from_pylist(rows[::-1], SCHEMA), tmp_path / "two.parquet", "uid", SCHEMA)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert tables.read(tmp_path / "one.parquet").column("uid").to_pylist() == ["a", "b", "c"]


def test_a_repeated_key_is_an_error_and_writes_nothing(tmp_path):
    rows = pa.table({"uid": ["a", "a"], "x": pa.array([1, 2], pa.int32())})
    with pytest.raises(DataError, match="1 of 2 rows repeat a key"):
        tables.write(rows, tmp_path / "t.parquet", "uid", SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_column_is_answered_with_those_there_are(tmp_path):
    tables.write(pa.table({"uid": ["a"], "x": [1]}), tmp_path / "t.parquet", "uid", SCHEMA)
    with pytest.raises(DataError, match="no column y; it has uid, x"):
        tables.read(tmp_path / "t.parquet", ["uid", "y"])


def test_a_missing_file_and_a_damaged_one_say_so(tmp_path):
    with pytest.raises(DataError, match="no table at"):
        tables.read(tmp_path / "t.parquet")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 no more")
    for look in (tables.read, tables.schema, tables.count):
        with pytest.raises(DataError, match="cannot be read as parquet"):
            look(tmp_path / "t.parquet")


def test_nulls_are_refused_where_the_schema_forbids_them():
    with pytest.raises(DataError, match="'uid' with null values"):
        tables.conform(pa.table({"uid": ["a", None], "x": [1, 2]}), SCHEMA, "here")


def test_uids_differ_when_image_language_or_caption_differ():
    base = ("i", "en", "a dog")
    others = [
        ("j", "en", "a dog"),
        ("i", "de", "a dog"),
        ("i", "en", "a cat"),
        ("i", "e", "na dog"),
    ]
    assert len({record.pair_uid(*row) for row in [base, *others]}) == 5


def test_rows_are_picked_by_value_in_the_order_of_the_table():
    table = pa.table({"uid": ["c", "a", "b"], "x": [1, 2, 3]})
    assert tables.rows_with(table, "uid", ["b", "c", "z"]).column("x").to_pylist() == [1, 3]
    assert tables.rows_with(table, "uid", []).num_rows == 0


def test_of_rows_with_the_same_values_the_first_is_taken_in_the_order_of_the_table():
    table = pa.table({"uid": ["c", "a", "c", "a"], "lang": ["en", "en", "en", "de"], "x": range(4)})
    assert tables.first(table, ["uid"]).column("x").to_pylist() == [0, 1]
    assert tables.first(table, ["uid", "lang"]).column("x").to_pylist() == [0, 1, 3]
    assert tables.first(table.slice(0, 0), ["uid"]).num_rows == 0


def test_a_large_table_is_sorted_across_its_row_groups_and_every_repeated_key_is_counted(tmp_path):
    numbers = [f"{(number * 7919) % 140_000:06}" for number in range(140_000)]
    tables.write(pa.table({"uid": numbers}), tmp_path / "a.parquet", "uid")
    with tables.opened(tmp_path / "a.parquet") as file:
        groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
        assert file.read().column("uid").to_pylist() == sorted(numbers)
    assert groups == [65_536, 65_536, 8_928]
    repeated = pa.table({"uid": [*numbers, *sorted(numbers)[65_534:65_538]]})
    with pytest.raises(DataError, match="4 of 140004 rows repeat a key"):
        tables.write(repeated, tmp_path / "b.parquet", "uid")
    assert not (tmp_path / "b.parquet").exists()


def test_null_is_equal_to_null_alone_where_rows_are_told_apart():
    table = pa.table({"a": [None, None, "x", None], "b": ["p", "p", "p", "q"]})
    assert tables.first(table, ["a", "b"]).to_pylist() == table.take([0, 2, 3]).to_pylist()
    assert tables.first(table.slice(0, 0), ["a", "b"]).num_rows == 0
