from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import labels, tables
from curate.dataset.errors import DataError

POOL, MADE = Path("data/labels"), Path("data/labels_made")


def write(folder, rows):
    schema = pa.schema([("image", pa.string()), ("region", pa.int32()), ("label", pa.int32())])
    table = pa.Table.from_pylist([dict(zip(schema.names, r, strict=True)) for r in rows], schema)
    tables.write(table, folder / "regions/regions.parquet", ["image", "region"])


def read(**more):
    found = labels.read("regions", "regions", POOL, MADE, **more)
    return [tuple(row.values()) for row in found.to_pylist()]


def test_labels_of_the_pool_and_of_made_pairs_are_read_as_one_table(project):
    write(POOL, [("a", 0, 1), ("a", 1, 2)])
    write(MADE, [("b", 0, 3)])
    assert read() == [("a", 0, 1), ("a", 1, 2), ("b", 0, 3)]
    assert read(columns=["image", "label"]) == [("a", 1), ("a", 2), ("b", 3)]


def test_what_both_tell_of_the_pool_says(project):
    write(POOL, [("a", 0, 1)])
    write(MADE, [("a", 0, 7), ("a", 1, 7), ("b", 0, 3)])
    assert read() == [("a", 0, 1), ("b", 0, 3)]


def test_made_pairs_need_not_have_been_labelled_but_the_pool_must(project):
    write(POOL, [("a", 0, 1)])
    assert read() == [("a", 0, 1)]
    assert labels.files("regions", "regions", POOL, MADE) == [POOL / "regions/regions.parquet"]
    with pytest.raises(DataError, match="no table at data/labels/scene/nodes"):
        labels.read("scene", "nodes", POOL, MADE)
