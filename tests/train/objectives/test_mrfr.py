import dataclasses

import pytest
import torch
from torch.nn import functional as F

from tests import _peers as peers
from train.model import Model
from train.models import lxmert, uniter, vlbert
from train.objectives import States, mrfr
from train.plan import Plan, Sizes


def test_the_loss_is_the_squared_distance_and_the_figure_the_cosine():
    plan = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
    head = mrfr.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    vision, features = torch.randn(2, 4, 8), torch.randn(2, 4, 6)
    wanted = torch.zeros(2, 4, dtype=torch.bool)
    wanted[0, 1] = wanted[1, 3] = True
    batch = type("Batch", (), {"targets": {"mrfr": wanted}})
    score = head(States(torch.zeros(2, 3, 8), vision, features, torch.zeros(50, 8)), batch)
    guess = head.feature(vision)[wanted]
    by_hand = sum(((g - t) ** 2).sum() / 6 for g, t in zip(guess, features[wanted], strict=True))
    torch.testing.assert_close(score.loss, by_hand)
    cosines = torch.cosine_similarity(guess, features[wanted])
    torch.testing.assert_close(score.figure, cosines.sum().detach())
    assert not score.figure.requires_grad


PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)


@pytest.mark.parametrize("params", [{}, {"distance": "smooth_l1", "over": "all"}])
def test_who_says_the_mean_of_training_regions_has_the_loss_of_chance(params):
    plan = dataclasses.replace(PLAN, objectives={"mrfr": params})
    head = mrfr.Head(plan, Sizes(vocabulary=50, features=6, classes=4)).eval()
    wanted = torch.ones(2, 4, dtype=torch.bool)
    batch = type("Batch", (), {"targets": {"mrfr": wanted}, "counts": {"mrfr": 8}})
    states = States(
        torch.zeros(2, 3, 8), torch.randn(2, 4, 8), torch.randn(2, 4, 6), torch.zeros(1)
    )
    before = head(states, batch)
    with torch.no_grad():
        head.feature.weight.zero_()
        head.feature.bias.zero_()
    after = head(states, batch)
    torch.testing.assert_close(after.loss.detach(), after.unseen)
    assert before.unseen == after.unseen
    assert before.loss != after.loss
    assert head.train()(states, batch).unseen is None


def test_the_smooth_distance_of_all_regions_is_that_of_the_hidden_over_all():
    params = {"distance": "smooth_l1", "over": "all"}
    plan = dataclasses.replace(PLAN, objectives={"mrfr": params})
    head = mrfr.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    vision, features = 3 * torch.randn(2, 4, 8), 3 * torch.randn(2, 4, 6)
    wanted = torch.zeros(2, 4, dtype=torch.bool)
    wanted[0, 1] = wanted[1, 3] = True
    batch = type("Batch", (), {"targets": {"mrfr": wanted}, "counts": {"mrfr": 8}})
    score = head(States(torch.zeros(2, 3, 8), vision, features, torch.zeros(50, 8)), batch)
    cosines = F.cosine_similarity(head.feature(vision), features, dim=-1)[wanted]
    torch.testing.assert_close(score.figure / 8, cosines.mean().detach())
    each = F.smooth_l1_loss(head.feature(vision), features, reduction="none").mean(-1)
    torch.testing.assert_close(score.loss, each[wanted].sum())
    some = peers.batch()
    some.matched[1] = False
    mrfr.prepare(some, None, mrfr.Params(over="all", mismatched=True), 0)
    assert some.counts["mrfr"] == int(some.regions.sum())
    mrfr.prepare(some, None, mrfr.Params(over="all"), 0)
    assert some.counts["mrfr"] == int(some.regions[some.matched].sum())


def test_what_is_chosen_and_stays_is_a_target_only_where_the_code_of_lxmert_is_followed():
    for left in (False, True):
        some = peers.batch()
        before = some.hidden
        mrfr.prepare(some, None, mrfr.Params(rate=1.0, kept=1.0, mismatched=True, left=left), 0)
        assert torch.equal(some.hidden, before)
        assert torch.equal(some.targets["mrfr"], some.regions & left)
    for follow, told in (("paper", False), ("code", True)):
        plan = lxmert.plan(lxmert.Params(follow=follow))
        assert mrfr.Params(**plan.objectives["mrfr"]).left == told


@pytest.mark.parametrize("module", [uniter, vlbert])
def test_the_tied_decoder_is_the_transposed_projection_of_features_and_teaches_it(module):
    wished = {"mrfr": {"tied": True, "deep": True, "rate": 1.0, "kept": 0.0}}
    change = {**peers.SMALL, "streams": "joint 1", "mix": {}, "withheld": 0.0}
    plan = module.plan(module.Params(change=change, objectives=wished))
    torch.manual_seed(0)
    model, some = (
        peers.perturbed(Model(module.RECIPE.name, plan, peers.SIZES).eval()),
        peers.batch(),
    )
    mrfr.prepare(some, None, mrfr.Params(**wished["mrfr"]), 0)
    states, head = model.states(some), model.heads["mrfr"]
    wanted = some.targets["mrfr"]
    hidden = head.transform.norm(F.gelu(head.transform.dense(states.vision[wanted])))
    weight = model.vision.feature.weight[:, -peers.SIZES.features :]
    guess = hidden @ weight + head.bias
    by_hand = (guess - some.features[wanted]).square().mean(-1).sum()
    torch.testing.assert_close(head(states, some).loss, by_hand)
    assert not [name for name, _ in head.named_parameters() if name.startswith("feature")]
