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


def several(names):
    """Vectors of some pictures in four files of the pool's."""
    schema = pa.schema([pa.field("image", pa.string()), pa.field("vector", pa.int32())])
    rows = pa.table([names, range(len(names))], schema=schema)
    form = tables.Table(schema, ("image",))
    labels.write(rows, POOL / "regions", "features", form, 4)
    return rows


def test_a_table_in_several_files_is_read_as_one(project):
    names = [f"{n:08x}" for n in range(0, 2**32, 2**28)]
    rows = several(names)
    assert len(labels.files("regions", "features", POOL)) == 4
    assert labels.read("regions", "features", POOL).sort_by("image").equals(rows)
    wanted = labels.read("regions", "features", POOL, of=pa.array(names[3:5]))
    assert wanted.column("vector").to_pylist() == [3, 4]


def test_one_more_picture_changes_one_of_the_files(project):
    names = [f"{n:08x}" for n in range(0, 2**32, 2**28)]
    several(names)
    before = [file.read_bytes() for file in labels.files("regions", "features", POOL)]
    several([*names, "ffffffff"])
    after = [file.read_bytes() for file in labels.files("regions", "features", POOL)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, True, False]


def test_a_table_whose_pictures_have_no_hash_is_not_put_into_several_files(project):
    with pytest.raises(DataError, match="no hash in hex"):
        several(["a cat"])
