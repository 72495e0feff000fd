import math

import pytest
import torch

from train import contrast, examine
from train.batches import Batches
from train.contrast import join
from train.objectives import itc
from train.params import Sampling
from train.precision import autocast
from train.ranks import ALONE
from train.trainer import update
from train.updater import Updater

TASKS = {"mlm": {}, "moc": None, "mrfr": None, "itm": {}, "itc": {}}


@pytest.fixture
def parts(noted, words, make_model):
    """Makes the batches of a step from 24 pairs, each of so many."""
    corpus = noted("belongs")
    sampling = Sampling(languages={"other": 1.0}, neighbours=8)
    rows = Batches(corpus, words, 24, 0, sampling).order(0)[0]

    def make(model, size):
        batches = Batches(corpus, words, size, 0, sampling)
        todo = examine.tasks(model.plan.objectives)
        pieces = (rows[start : start + size] for start in range(0, 24, size))
        return [
            (at, examine.ready(batches, piece, model.plan, todo, words, 0, 0))
            for at, piece in enumerate(pieces)
        ], todo

    return make


@pytest.mark.parametrize("size", [12, 4])
def test_a_step_of_several_batches_learns_from_its_contrast_as_one_large_batch(
    make_model, run_params, parts, size
):
    params = run_params(precision="fp32", rate=0.1, warm_up=0.0, clip=1e9)
    updated = []
    for each in (24, size):
        model = make_model(dropout=0.0, objectives=TASKS).train()
        updater = Updater(model, torch.optim.SGD(model.parameters(), lr=0.1), params)
        batches, todo = parts(model, each)
        values, _ = update(model, updater, batches, todo, params, 0)
        updated.append((model.state_dict(), values))
    (one, first), (several, second) = updated
    for name, weight in one.items():
        torch.testing.assert_close(several[name], weight, atol=1e-6, rtol=1e-5, msg=name)
    assert one["heads.itc.scale"] != pytest.approx(-math.log(0.07), abs=1e-6)
    assert first == pytest.approx(second, rel=1e-5)


def test_gradients_are_exact_with_the_same_dropout_in_both_passes(make_model, parts):
    model = make_model(dropout=0.3, objectives=TASKS).train()
    cast = autocast(torch.device("cpu"), "fp32")
    batches, _ = parts(model, 8)

    def seed(at):
        torch.manual_seed(7 + at)

    join(model, batches, ALONE, cast, seed)
    for at, batch in batches:
        seed(at)
        model(batch)["itc"].loss.backward()
    found = {n: w.grad.clone() for n, w in model.named_parameters() if w.grad is not None}
    model.zero_grad()
    sides = []
    for at, batch in batches:
        seed(at)
        sides.append(model.vectors(batch))
    captions, pictures = (torch.cat(side) for side in zip(*sides, strict=True))
    logits = captions @ pictures.T * model.heads["itc"].factor()
    belongs = batches[0][1].targets["itc"]
    ways = ((logits, belongs), (logits.T, belongs.T))
    sum(itc.found(*way)[0].sum() for way in ways).backward()
    assert found.keys() > {"heads.itc.scale", "text.word.weight"}
    for name, weight in model.named_parameters():
        if weight.grad is not None:
            torch.testing.assert_close(found[name], weight.grad, atol=1e-6, rtol=1e-4, msg=name)


@pytest.mark.parametrize("size", [12, 4])
def test_a_pairs_losses_are_those_of_the_whole_step(make_model, run_params, parts, size):
    params, told = run_params(precision="fp32"), []
    for each in (24, size):
        model = make_model(dropout=0.0, objectives=TASKS).train()
        updater = Updater(model, torch.optim.SGD(model.parameters(), lr=0.1), params)
        batches, todo = parts(model, each)
        _, by_pair = update(model, updater, batches, todo, params, 0)
        told.append(torch.cat([losses["itc"] for losses in by_pair]))
        assert told[-1][:, 1].sum() == sum(batch.counts["itc"] for _, batch in batches)
    torch.testing.assert_close(told[1], told[0])
    assert (told[0][:, 0] > 0).any()


def test_every_batch_has_its_own_rows_of_the_steps_answers(make_model, parts):
    model = make_model(objectives=TASKS).eval()
    batches, _ = parts(model, 8)
    (whole,), _ = parts(model, 24)
    alone = sum(batch.counts["itc"] for _, batch in batches)
    join(model, batches, ALONE, autocast(torch.device("cpu"), "fp32"), lambda _: None)
    answers = whole[1].targets["itc"]
    assert all(torch.equal(batch.targets["itc"], answers) for _, batch in batches)
    assert sum(batch.counts["itc"] for _, batch in batches) == whole[1].counts["itc"] >= alone
    assert [batch.notes["step_place"].tolist() for _, batch in batches] == [[0, 3], [8, 3], [16, 3]]


def test_a_step_of_one_batch_or_without_contrast_is_left_as_it_is(make_model, parts):
    for objectives, size in ((TASKS, 24), ({**TASKS, "itc": None}, 8)):
        model = make_model(objectives=objectives)
        batches, _ = parts(model, size)
        before = [set(batch.notes) for _, batch in batches]
        join(model, batches, ALONE, autocast(torch.device("cpu"), "fp32"), pytest.fail)
        assert [set(batch.notes) for _, batch in batches] == before
    assert contrast.TASK == "itc"
