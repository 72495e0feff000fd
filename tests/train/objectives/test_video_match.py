import numpy as np
import pytest
import torch

from train import media_task
from train.batches import Batches
from train.media import SIDES
from train.objectives import video_match
from train.params import Sampling


@pytest.fixture
def made(shown, words):
    corpus = shown("belongs", "sound")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))

    def make(**params):
        batch = batches.make(0, np.arange(24))
        video_match.prepare(batch, words, video_match.Params(**params), 0, 0)
        return batch

    return make


def test_each_clip_is_read_with_its_own_and_with_a_wrong_one_of_each_kind(made):
    batch = made(across=("text", "image", "sound"))
    moving = batch.notes["video_frames"] > 0
    heard = batch.notes["sound_frames"] > 0
    pairs, targets = batch.notes["video_pairs"], batch.targets["video_match"]
    assert batch.counts["video_match"] == len(pairs) == len(targets)
    assert pairs[:, 0].tolist() == sorted(pairs[:, 0].tolist())
    for kind, side in enumerate(SIDES[:3]):
        belongs = media_task.belongs(batch, "video", side)
        own, wrong = (pairs[(pairs[:, 0] == kind) & (targets == t), 1:] for t in (1, 0))
        assert (own[:, 0] == own[:, 1]).all()
        assert (belongs[tuple(wrong.T)] == 0).all()
        assert moving[own[:, 0]].all()
        assert moving[wrong[:, 0]].all()
        if side == "sound":
            assert heard[torch.cat([own[:, 1], wrong[:, 1]])].all()
        assert len(own) > 0
        assert len(wrong) > 0


def test_what_is_not_asked_for_is_not_read(made):
    kinds = made(across=("image",)).notes["video_pairs"][:, 0]
    assert set(kinds.tolist()) == {SIDES.index("image")}
