"""Every picture of a snapshot is indexed once, and what cannot be read is said."""

import shutil

import numpy as np
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, EmptySetError
from train import index
from train.search import nearest, opened


@pytest.fixture
def own(small, tmp_path):
    """The small snapshot over a copy of its pictures."""
    manifest = tables.read(small.snapshot / "manifest.parquet")
    pool = manifest.column("set")[0].as_py()
    shutil.copytree(pool, tmp_path / "pool")
    moved = manifest.set_column(
        manifest.schema.get_field_index("set"), "set", [[str(tmp_path / "pool")] * len(manifest)]
    )
    folder = tmp_path / "snapshot"
    tables.write(moved, folder / "manifest.parquet", "uid")
    (folder / "id").write_text("ab" * 32)
    return folder, moved


def spoil(manifest, image):
    """Overwrite the bytes of a picture."""
    row = next(row for row in manifest.to_pylist() if row["image"] == image)
    with open(f"{row['set']}/{row['shard']}", "r+b") as shard:  # noqa: PTH123
        shard.seek(row["offset"])
        shard.write(b"no picture".ljust(row["size"], b"."))


def test_each_picture_has_a_row_that_it_is_found_in_first(indexed):
    assert indexed.figures == {"pictures": 48, "rejected": 0, "kind": "flat", "recall_at_10": 1.0}
    found = opened.load(indexed.folder, indexed.snapshot)
    assert found.images == sorted(set(found.images))
    searcher = indexed.searcher()
    for image in found.images[:5]:
        first = searcher.by_picture(searcher.read(image), 1)[0]
        assert first.image == image
        assert first.similarity == pytest.approx(1, abs=1e-5)


def test_the_same_snapshot_gives_the_same_bytes(indexed, tmp_path):
    params = index.IndexParams(batch=7)
    index.main(indexed.snapshot, indexed.network, tmp_path / "again", params)
    files = sorted(file.name for file in indexed.folder.iterdir())
    assert files == ["about.json", "images.parquet", "index.faiss", "rejected.parquet"]
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (indexed.folder / name).read_bytes()


def test_a_graph_is_made_where_it_is_asked_for_and_its_misses_are_told(indexed, tmp_path):
    params = index.IndexParams(nearest=nearest.NearestParams(kind="hnsw", search=64))
    found = index.main(indexed.snapshot, indexed.network, tmp_path / "graph", params)
    assert found["kind"] == "hnsw"
    assert 0.9 < found["recall_at_10"] <= 1


def test_a_picture_that_cannot_be_read_is_refused_by_name(own, small, tmp_path):
    snapshot, manifest = own
    image = manifest.column("image")[3].as_py()
    spoil(manifest, image)
    found = index.main(snapshot, small.network, tmp_path / "index", index.IndexParams())
    assert (found["pictures"], found["rejected"]) == (47, 1)
    (row,) = tables.read(tmp_path / "index/rejected.parquet").to_pylist()
    assert (row["item"], row["reason"]) == (image, "unreadable")
    images = tables.read(tmp_path / "index/images.parquet").column("image").to_pylist()
    assert image not in images
    searched = opened.load(tmp_path / "index", snapshot)
    assert len(searched.nearest) == len(images) == 47


def test_a_snapshot_of_no_readable_picture_is_refused(own, small, tmp_path):
    snapshot, manifest = own
    for image in np.unique(manifest.column("image").to_numpy()):
        spoil(manifest, image)
    with pytest.raises(EmptySetError, match="none of 48 pictures can be read"):
        index.main(snapshot, small.network, tmp_path / "index", index.IndexParams())


def test_a_missing_shard_is_named(own, small, tmp_path):
    snapshot, manifest = own
    shard = manifest.column("shard")[0].as_py()
    (tmp_path / "pool" / shard).unlink()
    with pytest.raises(DataError, match=f"{shard}.*dvc pull"):
        index.main(snapshot, small.network, tmp_path / "index", index.IndexParams())
