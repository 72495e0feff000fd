import contextlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
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


def _of_pages(path):
    """A table of repeated names and of numbers: pages of dictionaries and of data."""
    names = [f"name {n % 50}" for n in range(5000)]
    table = pa.table({"number": range(5000), "name": names})
    tables.write(table, path, "number")
    return tables.read(path)


def test_no_byte_of_a_page_changes_what_is_read(tmp_path):
    path = tmp_path / "t.parquet"
    table, whole = _of_pages(path), path.read_bytes()
    chunks = [pq.read_metadata(path).row_group(0).column(n) for n in (0, 1)]
    assert chunks[1].dictionary_page_offset  # pages of both kinds
    end = sum(chunk.total_compressed_size for chunk in chunks)
    told, otherwise = [], 0
    for place in (places := range(4, end, 53)):
        changed = bytearray(whole)
        changed[place] ^= 4
        path.write_bytes(changed)
        for look in (tables.read, lambda p: tables.wanted([p], pc.field("number") >= 0)):
            try:
                assert look(path).equals(table)  # where what changed is of no account
            except DataError as error:
                told.append(str(error))
        with contextlib.suppress(OSError, pa.ArrowInvalid):
            otherwise += not pq.ParquetFile(path).read().equals(table)
    assert len(told) > 1.9 * len(places)
    assert all("t.parquet cannot be read" in error for error in told)
    assert all("remove it and run the stage" in error for error in told)
    assert otherwise > len(places) / 2  # what Parquet alone reads as other values


def test_a_table_without_checksums_can_be_read(tmp_path):
    table = pa.table({"uid": ["a", "b"], "x": [1, 2]})
    pq.write_table(table, tmp_path / "old.parquet")
    assert tables.read(tmp_path / "old.parquet").equals(table)
    found = tables.wanted([tmp_path / "old.parquet"], pc.field("x") > 1, ["uid"])
    assert found.to_pydict() == {"uid": ["b"]}


def test_rows_of_several_tables_are_wanted_in_their_order(tmp_path):
    places = [tmp_path / f"{name}.parquet" for name in ("one", "two")]
    for place, uids in zip(places, (["a", "c"], ["b", "d"]), strict=True):
        tables.write(pa.table({"uid": uids, "x": [1, 2]}), place, "uid", SCHEMA)
    assert tables.wanted(places, pc.field("x") == 2)["uid"].to_pylist() == ["c", "d"]
    with pytest.raises(DataError, match=r"no table at .*three"):
        tables.wanted([*places, tmp_path / "three.parquet"], pc.field("x") == 2)


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
