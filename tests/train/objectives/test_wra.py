from types import SimpleNamespace

import numpy as np
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


def ipot(cost, beta=0.5, rounds=50):
    """Algorithm 1 of Xie et al. (2020), weights equal, with one Sinkhorn update (k = 1) a round."""
    n, m = cost.shape
    sigma, plan, kernel = np.full(m, 1 / m), np.ones((n, m)), np.exp(-cost / beta)
    for _ in range(rounds):
        step = kernel * plan
        delta = 1 / (n * step @ sigma)
        sigma = 1 / (m * step.T @ delta)
        plan = delta[:, None] * step * sigma
    return plan


def test_the_plan_is_that_of_the_papers_algorithm_with_beta_a_half_and_50_rounds():
    cost = 2 * torch.rand(3, 7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    words, regions = everything(3, 7), everything(3, 5)
    words[1, 4:], regions[2, 3:] = False, False
    found = wra.transport(cost, words, regions).numpy()
    for one, plan, rows, columns in zip(cost.numpy(), found, words, regions, strict=True):
        n, m = int(rows.sum()), int(columns.sum())
        wanted = ipot(one[:n, :m])
        np.testing.assert_allclose(plan[:n, :m], wanted, atol=1e-12)
        for other in ({"beta": 0.45}, {"rounds": 49}):
            assert np.abs(ipot(one[:n, :m], **other) - wanted).max() > 1e-6


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_under_autocast_distances_are_those_of_full_precision(kind):
    torch.manual_seed(4)
    states = states_of(torch.randn(2, 3, 8).to(kind), torch.randn(2, 4, 8).to(kind))
    batch = batch_of(everything(2, 3), everything(2, 4), torch.tensor([True, False]))
    full = states_of(states.text.float(), states.vision.float())
    wanted = wra.Head(PLAN, SIZES)(full, batch)
    with torch.autocast("cpu", torch.bfloat16):
        found = wra.Head(PLAN, SIZES)(states, batch)
    assert found.loss.dtype == torch.float32
    assert torch.equal(found.loss, wanted.loss)


def test_gradients_reach_the_states_through_the_costs_alone():
    torch.manual_seed(5)
    text, vision = (torch.randn(1, n, 8, requires_grad=True) for n in (3, 4))
    batch = batch_of(everything(1, 3), everything(1, 4), torch.tensor([True]))
    wra.Head(PLAN, SIZES)(states_of(text, vision), batch).loss.backward()
    cost = wra.cosine_distance(text, vision)
    moved = torch.from_numpy(ipot(cost[0].detach().double().numpy())).float()
    for state, gradient in zip(
        (text, vision), torch.autograd.grad((moved * cost).sum(), (text, vision)), strict=True
    ):
        torch.testing.assert_close(state.grad, gradient, atol=1e-5, rtol=0)


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
    torch.testing.assert_close(before.figure, 2 - then.sum())  # of all pairs
    assert before.by_chance is None
    examined = wra.Head(PLAN, SIZES).eval()(states_of(text, vision), batch)
    torch.testing.assert_close(
        examined.figure, 2 * (1 - then[0])
    )  # of each pair, that of the right
    torch.testing.assert_close(examined.by_chance, 2 * (1 - then[1]))
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
