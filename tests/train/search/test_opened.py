"""An index is opened with the snapshot and the model that it was made of, and with no others."""

import json
import shutil

import pytest

from curate.dataset.errors import DataError, WeightsError
from train.search import opened


@pytest.fixture
def copied(indexed, tmp_path):
    folder = tmp_path / "index"
    shutil.copytree(indexed.folder, folder)
    return folder


def test_the_model_may_have_been_moved(indexed, copied, tmp_path):
    shutil.copytree(indexed.network, tmp_path / "moved")
    found = opened.load(copied, indexed.snapshot, tmp_path / "moved")
    assert len(found.images) == len(found.nearest) == 48


def test_another_snapshot_is_refused(indexed, copied, tmp_path):
    shutil.copytree(indexed.snapshot, tmp_path / "later")
    (tmp_path / "later/id").write_text("fedcba9876543210" * 4)
    with pytest.raises(DataError, match=r"id 0123456789abcdef….*has id fedcba9876543210….*--snap"):
        opened.load(copied, tmp_path / "later")


def test_other_weights_are_refused(indexed, copied, tmp_path):
    other = tmp_path / "retrained"
    shutil.copytree(indexed.network, other)
    (other / "open_clip_config.json").write_text(
        (other / "open_clip_config.json").read_text() + "\n"
    )
    with pytest.raises(DataError, match=r"other weights than those .*retrained; make it by"):
        opened.load(copied, indexed.snapshot, other)


def test_what_is_missing_or_damaged_is_named(indexed, copied, tmp_path):
    with pytest.raises(DataError, match=r"nowhere is no index .*dvc repro index"):
        opened.load(tmp_path / "nowhere", indexed.snapshot)
    with pytest.raises(DataError, match=r"nowhere is no snapshot"):
        opened.load(copied, tmp_path / "nowhere")
    about = json.loads((copied / "about.json").read_text())
    gone = tmp_path / "gone"
    (copied / "about.json").write_text(json.dumps({**about, "encoder": str(gone)}))
    with pytest.raises(WeightsError, match="gone holds neither"):
        opened.load(copied, indexed.snapshot)
    (copied / "about.json").write_text("{")
    with pytest.raises(DataError, match=r"about.json is damaged"):
        opened.load(copied, indexed.snapshot)


def test_vectors_and_names_that_do_not_match_are_refused(indexed, copied, tmp_path):
    from curate.dataset import tables

    names = tables.read(copied / "images.parquet").slice(1)
    tables.write(names, copied / "images.parquet", "image")
    with pytest.raises(DataError, match=r"48 vectors and images.parquet 47 pictures"):
        opened.load(copied, indexed.snapshot)
