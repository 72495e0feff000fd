import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests._rates import assert_rate
from tests._speech import batch_of
from train import media_task
from train.batches import Batches
from train.media import SIDES
from train.medium import Read
from train.objectives import States, sound_match
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4, sound=True)


@pytest.fixture
def made(listened, words):
    corpus = listened("belongs")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))

    def make(epoch=0, **params):
        batch = batches.make(epoch, np.arange(24))
        sound_match.prepare(batch, words, sound_match.Params(**params), 0, epoch)
        return batch

    return make


def test_each_sound_is_read_with_its_own_and_with_a_wrong_one_of_each_sense(made):
    batch = made()
    heard = set(torch.nonzero(batch.notes["sound_frames"] > 0).squeeze(1).tolist())
    pairs, targets = batch.notes["sound_pairs"], batch.targets["sound_match"]
    assert batch.counts["sound_match"] == len(pairs) == len(targets)
    for kind, side in enumerate(SIDES[:2]):
        belongs = media_task.belongs(batch, "sound", side)
        own, wrong = (pairs[(pairs[:, 0] == kind) & (targets == t), 1:] for t in (1, 0))
        assert (own[:, 0] == own[:, 1]).all()
        assert (belongs[tuple(wrong.T)] == 0).all()
        assert set(wrong[:, 0].tolist()) == heard
        assert set(own[:, 0].tolist()) == {r for r in heard if belongs[r, r] == 1}
    assert 0 < len(own) < len(heard)  # some have a wrong picture in the batch


def test_what_is_wrong_is_drawn_among_all_that_is(made):
    seen = torch.zeros(24, 24, dtype=torch.bool)
    for epoch in range(300):
        batch = made(epoch, across=("text",))
        assert (batch.notes["sound_pairs"][:, 0] == 0).all()
        _, sound, other = batch.notes["sound_pairs"][batch.targets["sound_match"] == 0].T
        seen[sound, other] = True
    own = made(across=("text",))
    still = torch.nonzero((own.notes["sound_frames"] > 0) & own.matched).squeeze(1)
    number = seen[still].sum(1)
    assert number.min() > 15


def test_a_share_of_the_sounds_takes_part(words):
    batch = batch_of(400, 8)
    marks = torch.arange(400)[:, None].expand(-1, 3)
    taken = 0
    for epoch in range(250):
        batch.notes |= {"said": marks, "shown": marks}
        sound_match.prepare(batch, words, sound_match.Params(share=0.4), 0, epoch)
        own = batch.notes["sound_pairs"][batch.targets["sound_match"] == 1]
        taken += int((own[:, 0] == 0).sum())
    assert_rate(taken, 400 * 250, 0.4)


def test_loss_and_accuracy_are_of_the_logit_for_the_sense_that_was_read():
    head = sound_match.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    torch.manual_seed(0)
    pairs, targets = torch.randn(6, 8), torch.tensor([1.0, 0, 1, 0, 1, 0])
    kinds = torch.tensor([0, 0, 0, 1, 1, 1])
    rows, matched = torch.tensor([0, 0, 2, 2, 2, 1]), torch.ones(4, dtype=torch.bool)
    given = {"targets": {"sound_match": targets}, "matched": matched}
    notes = {"sound_pairs": torch.stack([kinds, rows, rows], 1)}
    batch = type("Batch", (), {**given, "notes": notes})
    none = torch.zeros(1)
    heard = Read(none, none, none, pairs=pairs)
    score = head(States(none, none, none, none, media={"sound": heard}), batch)
    both = head.match(pairs)
    logits = torch.cat([both[:3, 0], both[3:, 1]])
    wanted = F.binary_cross_entropy(logits.sigmoid(), targets, reduction="sum")
    torch.testing.assert_close(score.loss, wanted)
    each = F.binary_cross_entropy(logits.sigmoid(), targets, reduction="none").detach()
    told = [each[rows == row].sum() for row in range(4)]
    torch.testing.assert_close(score.pairs[:, 0], torch.stack(told))
    assert score.pairs[:, 1].tolist() == [2, 1, 3, 0]
    assert score.figure == ((logits > 0) == (targets == 1)).sum()
