import pyarrow as pa
import pytest

from align.rows import as_table

SCHEMA = pa.schema([pa.field("uid", pa.string(), nullable=False), pa.field("share", pa.float32())])


def test_rows_become_a_table_of_the_schema_s_types():
    found = as_table(iter([("b", 1), ("a", None)]), SCHEMA)
    assert found.schema.equals(SCHEMA)
    assert found.to_pylist() == [{"uid": "b", "share": 1.0}, {"uid": "a", "share": None}]


def test_no_rows_give_an_empty_table():
    assert as_table([], SCHEMA).equals(SCHEMA.empty_table())


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        as_table([("a", 0.5), ("b",)], SCHEMA)
