import dataclasses

import numpy as np
import pytest
import torch

from train import examine
from train.batches import Batches
from train.hearing import Hearing
from train.model import Model
from train.notes.sound import PATCH
from train.params import Sampling

SILENT = {"moc": None, "mrfr": None}
TASKS = {**SILENT, "itc": {}, "sound_contrast": {}, "sound_match": {}, "sound_masked": {}}


@pytest.fixture
def batch(listened, words):
    corpus = listened("belongs")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    return batches.make(0, np.arange(24))


@pytest.fixture
def model(make_model):
    return make_model(sound=True, dropout=0.0, objectives=TASKS).eval()


def noted(batch, **changed):
    return dataclasses.replace(batch, notes={**batch.notes, **changed})


def test_a_patch_is_some_frames_and_the_last_may_be_short(batch):
    sound = batch.notes["sound"]
    patches = Hearing.patched(sound)
    assert torch.equal(patches[0, 1], sound[0, PATCH : 2 * PATCH].flatten())
    wanted = -(-batch.notes["sound_frames"] // PATCH)
    assert torch.equal(Hearing.present(batch).sum(1), wanted)


def test_pairs_without_sound_are_read_as_a_model_that_hears_none_reads_them(model, batch):
    deaf = Model(
        model.name, dataclasses.replace(model.plan, sound=False, objectives={}), model.sizes
    )
    shared = {k: v for k, v in model.state_dict().items() if k in deaf.state_dict()}
    deaf.load_state_dict(shared)
    heard, read = model.states(batch), deaf.eval().states(batch)
    silent = batch.notes["sound_frames"] == 0
    there = (batch.words & silent[:, None], batch.regions & silent[:, None])
    assert 0 < silent.sum() < len(silent)
    for one, other, rows in zip(heard[:2], read[:2], there, strict=True):
        torch.testing.assert_close(one[rows], other[rows])
    spoken = batch.words & ~silent[:, None]
    assert (heard.text[spoken] - read.text[spoken]).abs().max() > 1e-4
    muted = model.states(noted(batch, sound_muted=torch.ones(len(silent), dtype=torch.bool)))
    torch.testing.assert_close(muted.text[spoken], read.text[spoken])
    assert not read.media


def test_a_caption_that_is_matched_with_a_picture_is_read_and_not_heard(make_model, batch):
    model = make_model(sound=True, objectives=SILENT).eval()
    silent = dataclasses.replace(batch, notes={})
    assert torch.equal(model.match(batch), model.match(silent))


def test_what_is_hidden_of_a_sound_is_not_told(model, batch):
    hidden = torch.zeros_like(Hearing.present(batch))
    hidden[:, 1] = True
    changed = batch.notes["sound"].clone()
    changed[:, PATCH : 2 * PATCH] += 1.0
    one, other = (
        model.states(noted(batch, sound=sound, sound_hidden=hidden))
        for sound in (batch.notes["sound"], changed)
    )
    assert torch.equal(one.media["sound"].together, other.media["sound"].together)
    assert not torch.equal(one.media["sound"].patches, other.media["sound"].patches)
    open_ = model.states(noted(batch, sound=changed))
    assert not torch.equal(one.media["sound"].together, open_.media["sound"].together)


def test_pairs_are_read_of_one_sound_and_one_caption_or_picture_alone(model, batch):
    heard = torch.nonzero(batch.notes["sound_frames"] > 0).squeeze(1)
    sound, other = int(heard[0]), int(heard[1])
    pairs = torch.tensor([[0, sound, other], [1, sound, other]])
    found = model.states(noted(batch, sound_pairs=pairs)).media["sound"].pairs
    tokens = model.media["sound"](batch)
    said, seen, there = model.vision.embed(model.text, batch)
    for at, (beside, visible) in enumerate(((said, batch.words), (seen, there))):
        shown = beside[other][visible[other]]
        whole = torch.cat([tokens.tokens[sound][tokens.there[sound]], shown])[None]
        none = torch.zeros(1, 0, dtype=torch.bool)
        every = torch.ones(whole.shape[:2], dtype=torch.bool)
        _, alone = model.encoder(whole[:, :0], whole, none, every)
        torch.testing.assert_close(found[at], alone[0, 0])


def test_tasks_that_read_sides_alone_give_what_they_give_beside_others(model, batch, words):
    todo = {t.name: t for t in examine.tasks(model.plan.objectives)}
    parted = [todo[name] for name in ("itc", "sound_contrast", "sound_match")]
    some = examine.prepare(dataclasses.replace(batch, targets={}, counts={}), parted, words, 0, 0)
    alone = model(some)
    beside = todo["itm"]
    beside.module.prepare(some, words, beside.params, 0, 0)
    both = model(some)
    assert set(both) == {"itm", *alone}
    for name, score in alone.items():
        torch.testing.assert_close(score.loss, both[name].loss)
