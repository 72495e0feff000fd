from pathlib import Path

import pyarrow as pa
import pytest

from curate import answers, packing
from curate.dataset import record, shards

PER_SHARD = 3
SCHEMA = pa.schema([(n, record.PAIRS.field(n).type) for n in shards.Location._fields])


@pytest.fixture
def rows(tmp_path: Path) -> pa.Table:
    """Stored pictures of two sources."""
    found = []
    for source in ("one", "two"):
        with answers.Blob(tmp_path / f"{source}.blob") as blob:
            for number in range(20):
                data = f"{source} {number}".encode() * (number + 1)
                name = {"source": source, "image": record.image_name(data), "extension": "png"}
                found.append(name | blob.add(data))
    return pa.Table.from_pylist(found)


def members(rows: pa.Table, source: str) -> list[tuple[str, str, bytes]]:
    own = [row for row in rows.to_pylist() if row["source"] == source]
    with_bytes = []
    for row in own:
        data = Path(row["blob"]).read_bytes()[row["offset"] :][: row["size"]]
        with_bytes.append((row["image"], row["extension"], data))
    return sorted(with_bytes)


def placed(found: pa.Table) -> dict[str, shards.Location]:
    return {row.pop("name"): shards.Location(**row) for row in found.to_pylist()}


def test_tars_that_workers_write_are_those_that_one_process_writes(rows, workers, tmp_path):
    found = packing.write(rows, "image", tmp_path / "set", ["one", "two"], PER_SHARD)
    alone = tmp_path / "alone"
    expected = {}
    for source in ("one", "two"):
        expected |= shards.write(alone, source, members(rows, source), PER_SHARD)
    assert placed(found) == expected
    made, wanted = (
        {file.name: file.read_bytes() for file in (root / "images").iterdir()}
        for root in (tmp_path / "set", alone)
    )
    assert made == wanted
    assert len(made) > 2


def test_what_a_killed_worker_left_of_a_tar_is_no_part_of_the_set(rows, workers, tmp_path):
    folder = tmp_path / "set" / "images"
    folder.mkdir(parents=True)
    (folder / ".one.77-12345678.partial").write_bytes(b"half of a tar")
    packing.write(rows, "image", tmp_path / "set", ["one", "two"], PER_SHARD)
    assert {file.suffix for file in folder.iterdir()} == {".tar"}


def test_no_pictures_make_no_tars(rows, workers, tmp_path):
    found = packing.write(rows.slice(0, 0), "image", tmp_path / "set", ["one"], PER_SHARD)
    assert placed(found) == {}


def test_places_become_a_column_each_in_the_order_of_the_names():
    rows = [{"name": n, "shard": f"{n}.tar", "offset": i, "size": 9} for i, n in enumerate("ab")]
    columns = packing.columns(
        pa.Table.from_pylist(rows), pa.chunked_array([["b", "a", "b"]]), SCHEMA
    )
    assert pa.table(columns).cast(SCHEMA).to_pylist() == [
        {"shard": f"{name}.tar", "offset": "ab".index(name), "size": 9} for name in "bab"
    ]
