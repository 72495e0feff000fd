import dataclasses
import math

import numpy as np
import pytest
import torch

from curate.dataset import clips
from tests._clips import clips_of
from train.batches import Batches
from train.model import Model
from train.notes.video import FRAMES, PATCH, PLACES, SIDE
from train.params import Sampling
from train.watching import SLOWEST, WAVES, Watching, waves

SILENT = {"moc": None, "mrfr": None}
TASKS = {**SILENT, "itc": {}, "video_contrast": {}, "video_match": {}, "video_masked": {}}


@pytest.fixture
def batch(shown, words):
    corpus = shown("belongs")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    return batches.make(0, np.arange(24))


@pytest.fixture
def model(make_model):
    return make_model(video=True, dropout=0.0, objectives=TASKS).eval()


def noted(batch, **changed):
    return dataclasses.replace(batch, notes={**batch.notes, **changed})


def test_a_patch_is_a_square_of_a_frame_and_patches_of_a_place_are_as_far_apart_as_frames():
    video = clips_of(2).notes["video"]
    patches = Watching.patched(video)
    assert patches.shape == (2, FRAMES * PLACES, 3 * PATCH**2)
    assert PLACES == 4
    corner = video[1, 5, :, PATCH:, :PATCH]  # the third of the sixth frame
    torch.testing.assert_close(patches[1, 5 * PLACES + 2], corner.flatten().float() / 127.5 - 1)


def test_the_second_is_told_in_sines_and_cosines_of_geometric_rates():
    found = waves(torch.tensor([[0.0, 32.0]]))
    assert found.shape == (1, 2, 2 * WAVES)
    assert found[0, 0].tolist() == [0.0] * WAVES + [1.0] * WAVES
    assert found[0, 1, 0] == pytest.approx(math.sin(math.pi / 2))  # a quarter of 128 s
    assert found[0, 1, WAVES] == pytest.approx(0.0, abs=1e-6)


def test_no_two_seconds_of_the_longest_clip_are_told_alike():
    told = waves(torch.arange(0, clips.MAX_SECONDS + 0.5, 0.5)[None])[0]
    apart = torch.cdist(told, told) + 9 * torch.eye(len(told))
    assert apart.min() > 0.5
    assert SLOWEST * clips.MAX_SECONDS < 1


def test_pairs_without_a_clip_are_read_as_a_model_that_watches_none_reads_them(model, batch):
    plan = dataclasses.replace(model.plan, video=False, objectives={})
    blind = Model(model.name, plan, model.sizes).eval()
    blind.load_state_dict({k: v for k, v in model.state_dict().items() if k in blind.state_dict()})
    watches, read = model.states(batch), blind.states(batch)
    still = batch.notes["video_frames"] == 0
    assert 0 < still.sum() < len(still)
    there = (batch.words & still[:, None], batch.regions & still[:, None])
    for one, other, rows in zip(watches[:2], read[:2], there, strict=True):
        torch.testing.assert_close(one[rows], other[rows])
    moving = batch.words & ~still[:, None]
    assert (watches.text[moving] - read.text[moving]).abs().max() > 1e-4
    muted = model.states(noted(batch, video_muted=torch.ones(len(still), dtype=torch.bool)))
    torch.testing.assert_close(muted.text[moving], read.text[moving])


def test_a_batch_in_which_nothing_moves_is_read_as_well(model, shown, words):
    corpus = shown()
    rows = np.flatnonzero(["huge" in caption for caption in corpus.captions])[:4]
    batch = Batches(corpus, words, 4, 0, Sampling(languages={"other": 1.0})).make(
        0, rows, wrong=False
    )
    assert batch.notes["video"].shape == (4, 0, 3, SIDE, SIDE)
    without = {name: one for name, one in batch.notes.items() if not name.startswith("video")}
    bare = dataclasses.replace(batch, notes=without)
    torch.testing.assert_close(model.states(batch).text, model.states(bare).text)


def test_a_clip_that_is_played_backwards_is_another(model, batch):
    backwards = model.states(noted(batch, video=batch.notes["video"].flip(1)))
    rows = batch.notes["video_frames"] > 0
    one, other = (s.media["video"].together[rows] for s in (model.states(batch), backwards))
    assert (one.unflatten(1, (FRAMES, -1)).flip(1).flatten(1, 2) - other).abs().max() > 1e-4


def test_what_is_hidden_of_a_clip_is_not_told(model, batch):
    hidden = torch.zeros_like(Watching.present(batch))
    hidden[:, 1::PLACES] = True
    changed = batch.notes["video"].clone()
    changed[..., :PATCH, PATCH:] //= 2
    one, other = (
        model.states(noted(batch, video=video, video_hidden=hidden)).media["video"]
        for video in (batch.notes["video"], changed)
    )
    assert torch.equal(one.together, other.together)
    assert not torch.equal(one.patches, other.patches)


def test_a_model_that_also_hears_reads_a_clip_with_a_sound_alone(make_model, shown, words):
    tasks = {**TASKS, "sound_contrast": {}, "video_match": {"across": ["sound"]}}
    model = make_model(video=True, sound=True, dropout=0.0, objectives=tasks).eval()
    batches = Batches(shown("sound"), words, 24, 0, Sampling(languages={"other": 1.0}))
    batch = batches.make(0, np.arange(24), wrong=False)
    both = (batch.notes["video_frames"] > 0) & (batch.notes["sound_frames"] > 0)
    one, other = torch.nonzero(both).flatten()[:2].tolist()
    found = model.states(noted(batch, video_pairs=torch.tensor([[2, one, other]])))
    clip, sound = (model.media[name](batch) for name in ("video", "sound"))
    whole = torch.cat([clip.tokens[one], sound.tokens[other][sound.there[other]]])[None]
    none, every = torch.zeros(1, 0, dtype=torch.bool), torch.ones(whole.shape[:2], dtype=torch.bool)
    _, alone = model.encoder(whole[:, :0], whole, none, every)
    torch.testing.assert_close(found.media["video"].pairs[0], alone[0, 0])
