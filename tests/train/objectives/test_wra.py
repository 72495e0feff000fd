from types import SimpleNamespace

import pytest
import torch
from scipy.optimize import linear_sum_assignment

from curate.dataset.errors import ParamsError
from train.batches import Batches
from train.objectives import States, wra
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
SIZES = Sizes(vocabulary=50, features=6, classes=4)


def everything(*shape):
    return torch.ones(*shape, dtype=torch.bool)


def batch_of(words, regions, matched):
    fields = {"targets": {"wra": words}, "regions": regions, "matched": matched}
    return type("Batch", (), fields)


def states_of(text, vision):
    return States(text, vision, torch.zeros(1), torch.zeros(1))


def test_the_plan_moves_equal_weights_and_leaves_out_what_is_not_there():
    torch.manual_seed(0)
    words, regions = everything(3, 5), everything(3, 4)
    words[0, 3:], regions[1, 1:] = False, False
    plan = wra.transport(torch.rand(3, 5, 4), words, regions)
    torch.testing.assert_close(plan.sum((1, 2)), torch.ones(3))
    assert not plan[0, 3:].any()
    assert not plan[1, :, 1:].any()
    torch.testing.assert_close(plan[2].sum(0), torch.full((4,), 0.25))  # the last that is set
    torch.testing.assert_close(plan[2].sum(1), torch.full((5,), 0.2), atol=5e-3, rtol=0)


def test_the_plan_costs_what_the_best_assignment_costs():
    torch.manual_seed(1)
    cost = torch.rand(8, 6, 6)
    plan = wra.transport(cost, everything(8, 6), everything(8, 6), rounds=500)
    for one, moved in zip(cost, plan, strict=True):
        rows, columns = linear_sum_assignment(one.numpy())
        best = one[rows, columns].mean().item()
        assert (one * moved).sum().item() == pytest.approx(best, abs=0.01)


def test_a_side_without_anything_moves_nothing_and_gives_no_nan():
    words = everything(1, 3)
    plan = wra.transport(torch.rand(1, 3, 2), words, torch.zeros(1, 2, dtype=torch.bool))
    assert torch.equal(plan, torch.zeros(1, 3, 2))


def test_matched_pairs_are_drawn_together_and_mismatched_ones_apart():
    torch.manual_seed(2)
    text = torch.randn(2, 3, 8, requires_grad=True)
    vision = torch.randn(2, 4, 8)
    batch = batch_of(everything(2, 3), everything(2, 4), torch.tensor([True, False]))
    before = wra.Head(PLAN, SIZES)(states_of(text, vision), batch)
    before.loss.backward()
    moved = text.detach() - 0.1 * text.grad
    cost = [wra.cosine_distance(t.detach(), vision) for t in (text, moved)]
    plan = wra.transport(cost[0], everything(2, 3), everything(2, 4))
    then, now = ((plan * c).sum((1, 2)) for c in cost)
    assert now[0] < then[0]
    assert now[1] > then[1]
    torch.testing.assert_close(before.loss.detach(), then[0] - then[1])
    torch.testing.assert_close(before.figure, 2 - then.sum())
    signed = torch.stack([then[0], -then[1]])
    torch.testing.assert_close(before.pairs, torch.stack([signed, torch.ones(2)], 1))


def test_the_start_and_end_token_take_part_only_if_asked(pairs, words):
    batches = Batches(pairs, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, batches.order(0)[0])
    wra.prepare(batch, words, wra.Params(), 0)
    assert torch.equal(batch.targets["wra"], batch.words)
    wra.prepare(batch, words, wra.Params(special=False), 0)
    assert torch.equal(batch.targets["wra"].sum(1), batch.words.sum(1) - 2)
    assert not batch.targets["wra"][:, 0].any()
    assert batch.counts["wra"] == 24


def test_words_and_regions_of_unlike_widths_are_refused():
    plan = SimpleNamespace(width=8, vision_width=12)
    with pytest.raises(ParamsError, match="8 wide with regions 12 wide"):
        wra.Head(plan, None)
