from contextlib import nullcontext

import pytest
import torch

from train import examine
from train.batches import Batches
from train.models import visualbert
from train.params import Sampling

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def test_figures_do_not_depend_on_how_the_pairs_are_cut_into_batches(pairs, words, make_model):
    model = make_model().eval()
    found = [
        examine.figures(model, Batches(pairs, words, size, 0, EVERY), words, 50, 0, nullcontext())
        for size in (7, 50)
    ]
    for task, figures in found[0].items():
        assert figures == pytest.approx(found[1][task], abs=1e-5)
    assert found[0]["itm"]["targets"] == 50
    assert set(found[0]) == {"mlm", "moc", "mrfr", "itm"}
    assert "cosine" in found[0]["mrfr"]
    assert "accuracy" in found[0]["mlm"]


def test_a_model_in_training_is_examined_without_dropout_and_goes_on_training(
    pairs, words, make_model
):
    model = make_model(dropout=0.5).train()
    batches = Batches(pairs, words, 16, 0, EVERY)
    first, again = (examine.figures(model, batches, words, 30, 0, nullcontext()) for _ in range(2))
    assert first == again
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_the_share_of_rightly_judged_pairs_is_counted(pairs, words, make_model):
    model = make_model().eval()
    with torch.no_grad():
        model.heads["itm"].match.weight.zero_()
        model.heads["itm"].match.bias.fill_(5.0)  # says yes to every pair
    batches = Batches(pairs, words, 16, 0, EVERY)
    rows = list(batches.first(48))
    matched = sum(int(batches.make(0, r).matched.sum()) for r in rows)
    found = examine.figures(model, batches, words, 48, 0, nullcontext())
    assert found["itm"]["accuracy"] == pytest.approx(matched / 48)


def test_pairs_that_do_not_match_are_only_made_for_tasks_that_learn_from_them(pairs, words):
    batches, rows = Batches(pairs, words, 16, 0, EVERY), torch.arange(len(pairs)).numpy()
    plan = visualbert.plan(visualbert.Params())
    mlm, itm = examine.tasks(plan.objectives)
    for todo, mixed in (([mlm], False), ([itm], True), ([mlm, itm], True)):
        batch = examine.ready(batches, rows, plan, todo, words, 0, 0)
        assert bool((~batch.matched).any()) == mixed
        assert set(batch.counts) == {task.name for task in todo}


def test_tasks_that_are_drawn_apart_are_examined_apart(pairs, words, make_model):
    mix = {"itm": 1.0, "mlm": 1.0, "moc + mrfr": 1.0}
    model = make_model(mix=mix).eval()
    batches = Batches(pairs, words, 16, 0, EVERY)
    found = examine.figures(model, batches, words, 48, 0, nullcontext())
    assert set(found) == {"mlm", "moc", "mrfr", "itm"}
    together = examine.figures(make_model().eval(), batches, words, 48, 0, nullcontext())
    assert found["itm"]["targets"] == together["itm"]["targets"] == 48
    assert found["moc"]["targets"] > together["moc"]["targets"]  # no picture is another's
    assert found["mlm"]["targets"] > together["mlm"]["targets"]


def test_a_pair_has_hidden_words_or_hidden_regions_where_a_plan_says_one_side(
    pairs, words, make_model
):
    tasks = {"mlm": {"rate": 0.9}, "moc": {"rate": 0.9}}
    plan = make_model(objectives=tasks, one_side=True).plan
    batches, rows = Batches(pairs, words, 16, 0, EVERY), torch.arange(len(pairs)).numpy()
    todo = examine.tasks(plan.objectives)
    batch = examine.ready(batches, rows, plan, todo, words, 0, 0)
    said, seen = (batch.targets["mlm"] >= 0).any(1), batch.hidden.any(1)
    assert said.any()
    assert seen.any()
    assert not (said & seen).any()
