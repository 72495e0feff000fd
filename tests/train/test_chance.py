from collections import Counter
from contextlib import nullcontext

import pytest
import torch

from train import chance, examine
from train.batches import Batches
from train.chance import Chance
from train.model import objective
from train.notes import needed
from train.params import Sampling

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def test_chance_is_the_best_that_always_saying_the_same_reaches(pairs, words, make_model):
    model = make_model().eval()
    batches = Batches(pairs, words, 16, 0, EVERY)
    found = examine.figures(model, batches, words, 48, 0, nullcontext())
    todo = examine.tasks(model.plan.objectives)
    said, classes, matched = Counter(), Counter(), Counter()
    for rows in batches.first(48):
        batch = examine.ready(batches, rows, model.plan, todo, words, 0, 0)
        said.update(t for t in batch.targets["mlm"].flatten().tolist() if t >= 0)
        classes.update(t for t in batch.targets["moc"].flatten().tolist() if t >= 0)
        matched.update(batch.matched.tolist())
    for task, counted in (("mlm", said), ("moc", classes), ("itm", matched)):
        assert found[task]["chance"] == pytest.approx(max(counted.values()) / counted.total())
    assert 0 < found["mlm"]["chance"] < 1
    assert "chance" not in found["mrfr"]


def test_a_model_that_always_says_the_commonest_class_reaches_chance_and_no_more(
    pairs, words, make_model
):
    model = make_model().eval()
    batches = Batches(pairs, words, 48, 0, EVERY)
    rows = next(batches.first(48))
    todo = examine.tasks(model.plan.objectives)
    batch = examine.ready(batches, rows, model.plan, todo, words, 0, 0)
    commonest = int(objective("moc").answers(batch).bincount().argmax())
    with torch.no_grad():
        model.heads["moc"].classes.weight.zero_()
        model.heads["moc"].classes.bias[commonest] = 5.0
    found = examine.figures(model, batches, words, 48, 0, nullcontext())["moc"]
    assert found["accuracy"] == pytest.approx(found["chance"])


def test_choosing_by_lot_counts_the_answers_that_a_target_has(noted, words):
    pairs = noted("alignments")
    batches = Batches(pairs, words, 16, 0, Sampling(languages={"en": 1.0, "other": 0.0}))
    grounding = objective("grounding")
    batch = batches.make(0, next(batches.first(16)), True)
    grounding.prepare(batch, words, grounding.Params(), 0, 0)
    told = Chance(grounding)
    told.add(batch)
    assert batch.counts["grounding"] > 0
    assert told.share(batch.counts["grounding"]) == pytest.approx(2 / 4)  # of 4 regions


def test_without_targets_there_is_no_chance():
    assert Chance(objective("mlm")).share(0) is None


@pytest.mark.parametrize("per_class", [False, True])
def test_who_says_of_all_regions_what_is_usual_in_training_has_the_loss_of_chance(
    noted, words, make_model, per_class
):
    corpus = noted("soft_labels")
    model = make_model(objectives={"mrckl": {"per_class": per_class}}).eval()
    batches = Batches(corpus, words, 8, 0, EVERY)
    mrckl, head = objective("mrckl"), model.heads["mrckl"]

    def found():
        return examine.figures(model, batches, words, 8, 0, nullcontext())["mrckl"]

    assert "chance_loss" not in found()  # training regions were not shown
    chance.fit(model, corpus, ("soft_labels",))
    assert head.usual.sum() == pytest.approx(1, abs=1e-4)
    first = found()
    with torch.no_grad():
        head.classes.weight.zero_()
        head.classes.bias.copy_(head.usual.log())
    told = found()
    assert told["loss"] == pytest.approx(told["chance_loss"], rel=1e-4)
    assert told["chance_loss"] == pytest.approx(first["chance_loss"])
    (rows,) = batches.first(8)
    todo = examine.tasks(model.plan.objectives)
    batch = examine.ready(batches, rows, model.plan, todo, words, 0, 0)
    with torch.no_grad():  # what would be fitted to the very regions that are judged
        head.usual.copy_(mrckl.commonest(*mrckl.soft(batch), len(head.usual)))
    assert found()["chance_loss"] < told["chance_loss"]


def test_a_model_tells_contrast_and_alignment_beside_chance(noted, words, make_model):
    tasks = {"itc": {}, "wra": {}}
    model = make_model(objectives=tasks).eval()
    corpus = noted(*needed(model.plan))
    batches = Batches(corpus, words, 16, 0, EVERY)
    found = examine.figures(model, batches, words, 16, 0, nullcontext())
    assert 1 / 16 <= found["itc"]["chance"] < 1  # of 16 candidates at most
    assert -1 <= found["wra"]["chance"] <= 1
    assert found["mrfr"]["chance_loss"] > 0
