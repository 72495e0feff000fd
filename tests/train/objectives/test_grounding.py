import numpy as np
import pytest
import torch
from torch.nn import functional as F

from train.batches import Batches
from train.objectives import States, grounding, needs
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)


def made(noted, words, **params):
    corpus = noted(*needs({"grounding": {}}))
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(len(corpus)))
    grounding.prepare(batch, words, grounding.Params(**params), 0)
    return batch


def head_and_states(batch):
    torch.manual_seed(0)
    head = grounding.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    number, width = batch.tokens.shape
    text, vision = torch.randn(number, width, 8), torch.randn(number, 4, 8)
    return head, States(text, vision, torch.zeros(1), torch.zeros(1))


def test_targets_are_shares_of_the_named_regions_of_matched_pairs(noted, words):
    batch = made(noted, words)
    targets = batch.targets["grounding"]
    wanted = targets.sum(-1) > 0
    assert targets[wanted][0].tolist() == pytest.approx([0, 0.75, 0, 0.25])
    assert not wanted[~batch.matched].any()
    assert batch.counts["grounding"] == int(wanted.sum()) > 0


def test_what_the_labeler_is_less_sure_of_is_left_out(noted, words):
    targets = made(noted, words, least=0.5).targets["grounding"]
    assert targets[targets.sum(-1) > 0][0].tolist() == [0, 1, 0, 0]
    assert made(noted, words, least=0.7).counts["grounding"] == 0


def test_the_loss_is_the_cross_entropy_to_the_shares(noted, words):
    batch = made(noted, words)
    head, states = head_and_states(batch)
    score = head(states, batch)
    targets = batch.targets["grounding"]
    wanted = targets.sum(-1) > 0
    logits = (head.query(states.text) @ head.key(states.vision).transpose(1, 2))[wanted] / 8**0.5
    by_hand = F.cross_entropy(logits, targets[wanted], reduction="sum")
    torch.testing.assert_close(score.loss, by_hand)
    torch.testing.assert_close(score.pairs[:, 0].sum(), by_hand.detach())
    assert torch.equal(score.pairs[:, 1], wanted.sum(1).float())
    assert score.figure == torch.isin(logits.argmax(-1), torch.tensor([1, 3])).sum()


def test_regions_that_are_not_there_are_never_answered_and_give_no_nan(noted, words):
    batch = made(noted, words)
    batch.regions = batch.regions.clone()
    batch.regions[:, 0] = False
    head, states = head_and_states(batch)
    assert (head.logits(states, batch.regions)[..., 0] == -torch.inf).all()
    loss = head(states, batch).loss
    loss.backward()
    assert loss.isfinite()
    assert all(p.grad.isfinite().all() for p in head.parameters())


def test_learning_it_raises_its_accuracy(noted, words):
    batch = made(noted, words)
    head, states = head_and_states(batch)
    vision = torch.eye(4).repeat(1, 2)[None].expand(len(batch.tokens), -1, -1)
    states = states._replace(vision=vision)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(50):
        optimizer.zero_grad()
        score = head(states, batch)
        (score.loss / batch.counts["grounding"]).backward()
        optimizer.step()
    assert score.figure / batch.counts["grounding"] > 0.95
