import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests._rates import assert_rate
from tests._speech import batch_of
from train import media_task
from train.batches import Batches
from train.hearing import Hearing
from train.medium import Read
from train.notes.sound import PATCH
from train.objectives import States, sound_masked
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4, sound=True)


@pytest.fixture
def made(listened, words):
    corpus = listened()
    sampling = Sampling(languages={"other": 1.0}, negatives=0.0, unmasked=0.25)
    batches = Batches(corpus, words, 24, 0, sampling)

    def make(epoch=0, muted=0.0, **params):
        batch = batches.make(epoch, np.arange(len(corpus)), wrong=False)
        media_task.ready(batch, dataclasses.replace(PLAN, muted=muted), 0, epoch)
        sound_masked.prepare(batch, words, sound_masked.Params(**params), 0, epoch)
        return batch

    return make


def test_whole_spans_are_hidden_at_the_rate(words):
    batch = batch_of(50_000, 5 * PATCH)
    sound_masked.prepare(batch, words, sound_masked.Params(rate=0.3, span=3), 0, 0)
    chosen = batch.notes["sound_hidden"]
    assert torch.equal(chosen, batch.targets["sound_masked"])
    assert batch.counts["sound_masked"] == chosen.sum()
    for span in (slice(0, 3), slice(3, 5)):
        assert torch.equal(chosen[:, span].any(1), chosen[:, span].all(1))
    assert_rate(chosen[:, ::3].sum(), 100_000, 0.3)


def test_nothing_is_hidden_of_what_is_muted_or_not_to_be_masked(made):
    batch = made(muted=0.5, rate=1.0)
    taken = batch.notes["sound_hidden"].any(1)
    heard = batch.notes["sound_frames"] > 0
    assert torch.equal(taken, heard & batch.maskable.any(1) & ~batch.notes["sound_muted"])
    assert 0 < taken.sum() < heard.sum()


def test_the_loss_is_the_mean_square_of_the_hidden_patches_alone():
    head = sound_masked.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    torch.manual_seed(0)
    states, patches = torch.randn(2, 3, 8), torch.randn(2, 3, Hearing.FEATURES)
    wanted = torch.tensor([[True, False, True], [False, False, False]])
    batch = type("Batch", (), {"targets": {"sound_masked": wanted}})
    none = torch.zeros(1)
    heard = Read(states, patches, torch.ones(2, 3, dtype=torch.bool))
    score = head(States(none, none, none, none, media={"sound": heard}), batch)
    guess = head.patch(states[0, [0, 2]])
    losses = ((guess - patches[0, [0, 2]]) ** 2).mean(1)
    torch.testing.assert_close(score.loss, losses.sum())
    alike = F.cosine_similarity(guess, patches[0, [0, 2]], dim=1).sum()
    torch.testing.assert_close(score.figure, alike.detach())
    torch.testing.assert_close(score.pairs, torch.tensor([[losses.sum().item(), 2.0], [0.0, 0.0]]))
