from itertools import pairwise

import pytest
import torch

from curate.dataset.errors import DataError
from curate.stage.checkpoint import Checkpoints
from train import examine
from train.batches import Batch, Batches
from train.params import Sampling
from train.trainer import make_optimizer, rate_factor, train, update

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def prepared(pairs, words, model, size=24):
    batches = Batches(pairs, words, size, 0, EVERY)
    todo = examine.tasks(model.plan.objectives)
    rows = batches.order(0)[0]
    return examine.prepare(batches.make(0, rows), todo, words, 0, 0), todo


def part(batch, rows):
    """Some rows of a prepared batch, as a batch."""
    cut = {k: v[rows] for k, v in vars(batch).items() if hasattr(v, "shape")}
    targets = {k: v[rows] for k, v in batch.targets.items()}
    counts = {
        "mlm": int((targets["mlm"] >= 0).sum()),
        "moc": int((targets["moc"] >= 0).sum()),
        "mrfr": int(targets["mrfr"].sum()),
        "itm": len(targets["itm"]),
    }
    return Batch(targets=targets, counts=counts, **cut)


def test_accumulating_gives_the_update_of_one_large_batch(pairs, words, make_model, run_params):
    params = run_params(precision="fp32")
    updated = []
    for pieces in ([slice(0, 24)], [slice(0, 5), slice(5, 17), slice(17, 24)]):
        model = make_model(dropout=0.0).train()
        batch, todo = prepared(pairs, words, model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        values = update(model, optimizer, [part(batch, p) for p in pieces], todo, params, 0)
        updated.append((model.state_dict(), values))
    (one, first), (two, second) = updated
    assert all(torch.allclose(one[k], two[k], atol=1e-6) for k in one)
    assert first == pytest.approx(second, abs=1e-5)


def test_every_task_learns(pairs, words, make_model, run_params):
    model = make_model(dropout=0.0).train()
    batch, todo = prepared(pairs, words, model)
    params = run_params(rate=3e-3)
    optimizer = make_optimizer(model, params)
    values = [update(model, optimizer, [batch], todo, params, step) for step in range(60)]
    for task in todo:
        assert values[-1][f"{task.name}/loss"] < 0.8 * values[0][f"{task.name}/loss"]


def test_weights_of_tasks_scale_their_losses(pairs, words, make_model, run_params):
    model = make_model(
        objectives={"mlm": {"weight": 2.0}, "moc": {}, "mrfr": {}, "itm": {"weight": 0.5}}
    )
    batch, todo = prepared(pairs, words, model)
    values = update(model, make_optimizer(model, run_params()), [batch], todo, run_params(), 0)
    losses = {task.name: values[f"{task.name}/loss"] for task in todo}
    wanted = 2 * losses["mlm"] + losses["moc"] + losses["mrfr"] + 0.5 * losses["itm"]
    assert values["loss"] == pytest.approx(wanted)


def test_weight_decay_is_on_matrices_alone(make_model, run_params):
    model = make_model()
    groups = make_optimizer(model, run_params(weight_decay=0.1)).param_groups
    decayed = {id(p) for g in groups if g["weight_decay"] for p in g["params"]}
    names = {n for n, p in model.named_parameters() if id(p) in decayed}
    assert "encoder.parts.0.layers.0.up.weight" in names
    assert not [n for n in names if "bias" in n or "norm" in n or n.startswith("text.")]
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_the_rate_rises_to_its_peak_and_falls_to_nothing(run_params, decay):
    params = run_params(steps=100, warm_up=0.1, decay=decay)
    factors = [rate_factor(step, params) for step in range(100)]
    assert factors[9] == pytest.approx(1)
    assert factors[0] == pytest.approx(0.1)
    assert all(a < b for a, b in pairwise(factors[:10]))
    assert all(a > b for a, b in pairwise(factors[10:]))
    assert 0 < factors[-1] < 0.02


def test_a_loss_that_is_no_number_stops_the_run_and_names_pairs(
    pairs, words, make_model, run_params, tmp_path
):
    model = make_model()
    with torch.no_grad():
        model.heads["itm"].match.bias.fill_(float("nan"))
    with pytest.raises(DataError, match="step 0: the loss is nan") as caught:
        train(
            model,
            pairs,
            words,
            run_params(),
            Checkpoints("run", tmp_path),
            lambda *_: {},
            lambda *_: None,
        )
    assert any(uid in str(caught.value) for uid in pairs.uids)
