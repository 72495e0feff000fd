from pathlib import Path

import datasets
import pytest

from curate.dataset import files, record
from curate.export import export


@pytest.fixture
def out(drawn_project, workers, monkeypatch):
    """A drawn snapshot as a folder of the datasets library."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", drawn_project.root / "cache")
    drawn_project.freeze()
    root = files.place(str(drawn_project.root / "out"))
    export(Path("data/snapshot"), root, "huggingface", [], 3)
    return root


def test_the_datasets_library_reads_every_split_with_decoded_pictures(drawn_project, out):
    read = datasets.load_dataset(str(out), cache_dir=str(drawn_project.root / "cache"))
    manifest = drawn_project.manifest()
    assert {name: len(rows) for name, rows in read.items()} == {
        "train": 5,
        "validation": 1,
        "test": 2,
    }
    (gold,) = read["validation"]
    assert gold["image"].size == (96, 96)
    assert gold["image"].convert("RGB").getpixel((48, 48)) == (255, 215, 0)
    for split, rows in read.items():
        wanted = [row for row in manifest if row["split"] == split]
        assert rows["uid"] == [row["uid"] for row in wanted]
        assert rows["image_name"] == [row["image"] for row in wanted]
        assert rows["caption"] == [row["caption"] for row in wanted]


def test_the_bytes_of_a_picture_are_those_of_the_pool(drawn_project, out):
    read = datasets.load_dataset(str(out), cache_dir=str(drawn_project.root / "cache"))
    raw = read["test"].cast_column("image", datasets.Image(decode=False))
    for row in raw:
        assert record.image_name(row["image"]["bytes"]) == row["image_name"]
        assert row["image"]["path"] == f"{row['image_name']}.png"
