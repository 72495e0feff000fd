import json
import types
from pathlib import Path

import open_clip
import pytest
import webdataset
from open_clip_train.data import get_wds_dataset

from curate.dataset import files
from curate.dataset.record import image_name
from curate.export import export

URL = "train/{000000..000001}.tar"


@pytest.fixture
def out(drawn_project, workers):
    """A drawn snapshot as tars of at most three pairs."""
    drawn_project.freeze()
    root = files.place(str(drawn_project.root / "out"))
    export(Path("data/snapshot"), root, "webdataset", [], 3)
    return root


def test_the_webdataset_library_reads_every_pair_as_the_manifest_has_it(drawn_project, out):
    wanted = {row["uid"]: row for row in drawn_project.manifest() if row["split"] == "train"}
    found = list(webdataset.WebDataset(str(out / URL), shardshuffle=False))
    assert [sample["__key__"] for sample in found] == sorted(wanted)
    for sample in found:
        row = wanted[sample["__key__"]]
        assert image_name(sample["png"]) == row["image"]
        assert sample["txt"].decode() == row["caption"]
        told = json.loads(sample["json"])
        assert told["licence"] == "CC0-1.0"
        assert told == {key: row[key] for key in told}


def test_open_clip_s_own_trainer_reads_its_batches_from_it(drawn_project, out):
    args = types.SimpleNamespace(
        train_data=str(out / URL),
        train_num_samples=None,
        train_data_upsampling_factors=None,
        dataset_resampled=False,
        seed=0,
        batch_size=5,
        workers=0,
        world_size=1,
    )
    tokenizer = open_clip.get_tokenizer("ViT-B-32")
    transform = open_clip.image_transform(32, is_train=False)
    found = get_wds_dataset(args, transform, is_train=True, tokenizer=tokenizer)
    assert found.dataloader.num_samples == 5
    images, texts = next(iter(found.dataloader))
    assert images.shape == (5, 3, 32, 32)
    captions = [r["caption"] for r in drawn_project.manifest() if r["split"] == "train"]
    assert sorted(texts.tolist()) == sorted(tokenizer(captions).tolist())
