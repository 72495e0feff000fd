import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from train.batches import Batches
from train.model import Model
from train.objectives import States, itc, needs
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4)


def made(noted, words):
    corpus = noted(*needs({"itc": {}}))
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(24))
    itc.prepare(batch, words, itc.Params(), 0)
    return corpus, batch


def states_of(number):
    torch.manual_seed(0)
    sides = torch.randn(number, 3, 8), torch.randn(number, 4, 8)
    return States(*sides, torch.zeros(1), torch.zeros(1), alone=sides)


def batch_of(belongs):
    regions = torch.ones(len(belongs), 4, dtype=torch.bool)
    return type("Batch", (), {"targets": {"itc": belongs}, "regions": regions})


def test_a_caption_belongs_to_every_row_of_its_picture_and_to_no_other(noted, words):
    corpus, batch = made(noted, words)
    rows = np.arange(24)
    own = corpus.notes[0](rows, rows, 5)["belongs"]
    same = corpus.image[rows][:, None] == corpus.image[rows][None]
    assert np.array_equal(own.numpy() == 1, same)
    assert (own[~torch.from_numpy(same)] == 0).all()
    sides = [(batch.targets["itc"] == 1).any(side).sum() for side in (0, 1)]
    assert batch.counts["itc"] == sum(map(int, sides)) > 0


def test_pairs_of_one_family_or_wording_are_unclear(noted):
    corpus = noted()
    belongs = noted("belongs").notes  # the same rows
    assert len(belongs) == 1
    one, other = 0, int(np.flatnonzero(corpus.image != corpus.image[0])[0])
    family = corpus.family.copy()
    family[other] = family[one]
    from train.notes import belongs as file

    rows = np.array([one, other])
    for changed in (
        dataclasses.replace(corpus, family=family),
        dataclasses.replace(corpus, wording=np.zeros_like(corpus.wording)),
    ):
        note = file.read(changed, None, 16, None, None)
        assert note(rows, rows, 5)["belongs"].tolist() == [[1, -1], [-1, 1]]


def test_with_one_answer_each_the_loss_is_that_of_clip():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    states = states_of(6)
    logits = head.cosines(states, torch.ones(6, 4, dtype=torch.bool)) / 0.07
    wanted = sum(F.cross_entropy(v, torch.arange(6), reduction="sum") for v in (logits, logits.T))
    score = head(states, batch_of(torch.eye(6, dtype=torch.long)))
    torch.testing.assert_close(score.loss, wanted)
    right = [(v.argmax(1) == torch.arange(6)).sum() for v in (logits, logits.T)]
    assert score.figure == sum(right)


def test_what_is_unclear_changes_nothing_and_rows_without_an_answer_do_not_count():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    belongs = torch.eye(6, dtype=torch.long)
    belongs[0, 3] = belongs[3, 0] = -1
    belongs[5, 5] = 0
    score = head(states_of(6), batch_of(belongs))
    logits = head.cosines(states_of(6), torch.ones(6, 4, dtype=torch.bool)) / 0.07
    logits = logits.masked_fill(belongs < 0, -torch.inf)
    by_hand = sum(
        F.cross_entropy(v[:5], torch.arange(5), reduction="sum") for v in (logits, logits.T)
    )
    torch.testing.assert_close(score.loss, by_hand)
    nothing = head(states_of(6), batch_of(torch.zeros_like(belongs)))
    assert nothing.loss == nothing.figure == 0


def test_the_scale_is_capped_at_a_hundred():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    batch = batch_of(torch.eye(6, dtype=torch.long))
    torch.nn.init.constant_(head.scale, 9.0)
    above = head(states_of(6), batch).loss
    torch.nn.init.constant_(head.scale, float(np.log(100)))
    torch.testing.assert_close(head(states_of(6), batch).loss, above)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_no_side_sees_the_other(noted, words, norm):
    corpus, batch = made(noted, words)
    plan = dataclasses.replace(
        PLAN, norm=norm, dropout=0.0, attention_dropout=0.0, objectives={"itc": {}}
    )
    torch.manual_seed(0)
    sizes = Sizes(words.size, corpus.regions.features.shape[-1], 8)
    model = Model("imagebert", plan, sizes).eval()
    text, vision = model.states(batch).alone
    batch.tokens = batch.tokens.roll(1, 0)
    batch.words = batch.words.roll(1, 0)
    assert torch.equal(model.states(batch).alone[1], vision)
    torch.testing.assert_close(model.states(batch).alone[0], text.roll(1, 0))
    assert model(batch)["itc"].loss.isfinite()
