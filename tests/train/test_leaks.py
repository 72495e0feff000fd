import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, LeakError
from train import leaks, pretrain

LEAK = {
    "uid": "abc",
    "split": "train",
    "scorer": "leakage",
    "of": "coco",
    "item": "val/1.jpg",
    "kind": "mirrored",
    "distance": 2.0,
}


@pytest.fixture
def snapshot(small, project):
    """A copy of the small snapshot, with what is known of its leaks."""
    folder = Path("leaking")
    folder.mkdir()
    shutil.copy(small.snapshot / "manifest.parquet", folder)

    def write(pairs):
        counts = {"pairs": pairs, "sets": {"coco": pairs}, "kinds": {"mirrored": pairs}}
        found = {"sets": [{"name": "coco"}], "splits": {"train": counts}, "examples": [LEAK]}
        (folder / "leakage.json").write_text(json.dumps(found))
        return folder

    return write


def test_the_trainer_refuses_a_snapshot_that_leaks_and_says_what_to_do(small, snapshot, run_params):
    parts = (snapshot(7), small.labels, small.network, Path("out"), Path("logs"))
    with pytest.raises(LeakError) as refused:
        pretrain.main("imagebert", *parts, run_params())
    said = str(refused.value)
    assert "7 training pairs" in said
    assert "7 in coco; 7 mirrored" in said
    assert "abc is the mirror image of val/1.jpg of coco (distance 2)" in said
    assert "exclude_leaks: [mirrored]" in said
    assert "pretrain.imagebert.allow_leaks: true" in said
    assert not Path("out").exists()


def test_told_otherwise_it_trains_and_records_the_leaks(small, snapshot, run_params):
    parts = (snapshot(7), small.labels, small.network, Path("out"), Path("logs"))
    figures = pretrain.main("imagebert", *parts, run_params(allow_leaks=True))
    assert figures["leaks"] == {"evaluation_sets": 1, "pairs": 7, "shared_pictures": 0}
    assert Path("out/model.safetensors").is_file()


def test_a_clean_snapshot_and_one_that_knows_of_no_set_pass(small, snapshot):
    clean = leaks.check(snapshot(0), False, "here")
    assert clean == {"evaluation_sets": 1, "pairs": 0, "shared_pictures": 0}
    assert leaks.check(small.snapshot, False, "here")["evaluation_sets"] == 0


def test_a_picture_in_two_splits_is_refused(snapshot):
    folder = snapshot(0)
    rows = tables.read(folder / "manifest.parquet").sort_by("uid").to_pylist()
    taken = next(row for row in rows if row["split"] == "test")
    rows.append({**taken, "uid": "f" * 32, "split": "train"})
    schema = tables.read(folder / "manifest.parquet").schema
    tables.write(pa.Table.from_pylist(rows, schema), folder / "manifest.parquet", "uid")
    with pytest.raises(LeakError, match=rf"shares 1 pictures with the others: {taken['image']}"):
        leaks.check(folder, False, "here")
    assert leaks.check(folder, True, "here")["shared_pictures"] == 1


def test_a_broken_snapshot_file_is_an_error_that_names_it(snapshot):
    (snapshot(0) / "leakage.json").write_text("{")
    with pytest.raises(DataError, match=r"leaking/leakage\.json is no JSON"):
        leaks.check(Path("leaking"), False, "here")
