import re
from pathlib import Path

import pyarrow.compute as pc
import pytest
import torch

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.stage.checkpoint import Checkpoints
from train import examine
from train.batch import Batch
from train.batches import Batches
from train.lesson import Lesson
from train.mix import Mix
from train.params import Sampling
from train.trainer import train, update
from train.updater import Updater, make_optimizer

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def prepared(pairs, words, model, size=24):
    batches = Batches(pairs, words, size, 0, EVERY)
    todo = examine.tasks(model.plan.objectives)
    rows = batches.order(0)[0]
    return examine.prepare(batches.make(0, rows), todo, words, 0, 0), todo


def run(model, pairs, words, params, checkpoints, log=lambda *_: None):
    """Train a model on pairs that nothing validates."""
    lesson = Lesson(model, pairs, words, params, lambda *_: {})
    return train(model, [lesson], params, checkpoints, log)


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
    params = run_params(precision="fp32", rate=0.1, warm_up=0.0)
    updated = []
    for pieces in ([slice(0, 24)], [slice(0, 5), slice(5, 17), slice(17, 24)]):
        model = make_model(dropout=0.0).train()
        batch, todo = prepared(pairs, words, model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        updater = Updater(model, optimizer, params)
        parts = [(at, part(batch, rows)) for at, rows in enumerate(pieces)]
        values, _ = update(model, updater, parts, todo, params, 0)
        updated.append((model.state_dict(), values))
    (one, first), (two, second) = updated
    assert all(torch.allclose(one[k], two[k], atol=1e-6) for k in one)
    assert first == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize("precision", ["auto", "fp16"])
def test_every_task_learns(pairs, words, make_model, run_params, precision):
    model = make_model(dropout=0.0).train()
    batch, todo = prepared(pairs, words, model)
    params = run_params(rate=3e-3, steps=600, warm_up=0.0, precision=precision)
    updater = Updater(model, make_optimizer(model, params), params)
    values = [update(model, updater, [(0, batch)], todo, params, step)[0] for step in range(60)]
    for task in todo:
        assert values[-1][f"{task.name}/loss"] < 0.8 * values[0][f"{task.name}/loss"]


def test_a_whole_run_in_bf16_learns_and_keeps_its_weights_in_fp32(
    pairs, words, make_model, run_params, tmp_path
):
    model, seen, logged = make_model(dropout=0.0), set(), {}
    layer = model.encoder.parts[0].layers[0].up
    layer.register_forward_hook(lambda _, __, found: seen.add(found.dtype))
    changed = {"steps": 40, "rate": 3e-3, "log": 1, "warm_up": 0.0, "ema": 0.9}
    params, checkpoints = run_params(precision="bf16", **changed), Checkpoints("run", tmp_path)
    kept, _, _ = run(model, pairs, words, params, checkpoints, logged.__setitem__)
    assert seen == {torch.bfloat16}
    assert {weight.dtype for weight in kept.parameters()} == {torch.float32}
    losses = [logged[step]["loss"] for step in range(1, 41)]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_weights_of_tasks_scale_their_losses(pairs, words, make_model, run_params):
    model = make_model(
        objectives={"mlm": {"weight": 2.0}, "moc": {}, "mrfr": {}, "itm": {"weight": 0.5}}
    )
    batch, todo = prepared(pairs, words, model)
    updater = Updater(model, make_optimizer(model, run_params()), run_params())
    values, _ = update(model, updater, [(0, batch)], todo, run_params(), 0)
    losses = {task.name: values[f"{task.name}/loss"] for task in todo}
    wanted = 2 * losses["mlm"] + losses["moc"] + losses["mrfr"] + 0.5 * losses["itm"]
    assert values["loss"] == pytest.approx(wanted)


def test_a_loss_that_is_no_number_stops_the_run_and_names_pairs(
    pairs, words, make_model, run_params, tmp_path
):
    model = make_model()
    with torch.no_grad():
        model.heads["itm"].match.bias.fill_(float("nan"))
    with pytest.raises(DataError, match="step 1: the loss is nan") as caught:
        run(model, pairs, words, run_params(), Checkpoints("run", tmp_path))
    assert any(uid in str(caught.value) for uid in pairs.uids)


def test_gradients_that_are_no_numbers_stop_the_run_in_their_own_step(
    pairs, words, make_model, run_params, tmp_path
):
    model, checkpoints, steps = make_model(), Checkpoints("run", tmp_path), []
    forward = model.heads["mlm"].forward

    def broken(states, batch):
        score = forward(states, batch)
        steps.append(score)
        if len(steps) == 4:
            score.loss.register_hook(lambda gradient: gradient * float("nan"))
        return score

    model.heads["mlm"].forward = broken
    told = r"step 4: the loss is \d.*, but the norm of the gradients is nan"
    with pytest.raises(DataError, match=told) as caught:
        run(model, pairs, words, run_params(), checkpoints)
    (left,) = checkpoints.folder.glob("step-*")
    assert left.name == "step-00000002"
    last = tables.read(checkpoints.folder / "ledger/to-00000004-of-0.parquet")
    seen = set(last.filter(pc.equal(last.column("step"), 4)).column("uid").to_pylist())
    assert sum(uid in str(caught.value) for uid in seen) == 5


def test_a_loss_that_explodes_stops_the_run_and_names_the_worst_pairs_and_where_all_are(
    pairs, words, make_model, run_params, tmp_path
):
    params = run_params(rate=100.0, warm_up=0.0, log=1, clip=1e9, explodes=3.0, steps=50)
    with pytest.raises(DataError, match="more than 3 times what was usual") as caught:
        run(make_model(), pairs, words, params, Checkpoints("run", tmp_path))
    assert sum(uid in str(caught.value) for uid in pairs.uids) == 5
    named = re.search(r"all of them: (\S+)\)", str(caught.value))
    assert named
    parts = tables.read(Path(named[1]))
    last = parts.filter(pc.equal(parts.column("step"), pc.max(parts.column("step"))))
    assert last.num_rows >= params.batch


def test_a_loss_that_explodes_stops_a_run_that_logs_none(
    pairs, words, make_model, run_params, tmp_path
):
    values = {"rate": 100.0, "warm_up": 0.0, "clip": 1e9, "explodes": 3.0, "steps": 50}
    params = run_params(**values, log=0, validate=0)
    with pytest.raises(DataError, match="more than 3 times what was usual"):
        run(make_model(), pairs, words, params, Checkpoints("run", tmp_path))


def test_the_bar_tells_the_loss_and_that_of_each_task(
    pairs, words, make_model, run_params, tmp_path, capsys
):
    run(make_model(), pairs, words, run_params(), Checkpoints("run", tmp_path))
    shown = capsys.readouterr().err
    assert re.search(r"loss \d+\.\d{3}, mlm \d+\.\d{3}, moc [\d.]+, mrfr [\d.]+, itm [\d.]+", shown)


def test_losses_by_pair_add_up_to_the_loss_of_each_task(pairs, words, make_model):
    model = make_model().eval()
    batch, todo = prepared(pairs, words, model)
    for name, score in model(batch).items():
        loss, number = score.pairs.sum(0).tolist()
        assert loss == pytest.approx(score.loss.item(), rel=1e-5)
        assert number == batch.counts[name]
        assert score.pairs.shape == (24, 2)
    assert len(todo) == 4


def test_the_model_that_is_kept_is_the_one_that_is_validated_and_averaged(
    pairs, words, make_model, run_params, tmp_path
):
    model, validated = make_model(), []
    params = run_params(ema=0.99)
    checkpoints = Checkpoints("run", tmp_path)
    lesson = Lesson(model, pairs, words, params, lambda shown, _: validated.append(shown) or {})
    kept, _, (ledger,) = train(model, [lesson], params, checkpoints, lambda *_: None)
    assert validated == [kept, kept, kept]  # before the first step, at 3 and at 6
    assert kept is not model
    assert not torch.equal(kept.text.word.weight, model.text.word.weight)
    assert sum(ledger.table(pairs).column("seen").to_pylist()) >= params.steps * params.batch


def test_figures_from_before_the_first_step_are_logged_once(
    pairs, words, make_model, run_params, tmp_path
):
    params, logged = run_params(), []
    checkpoints = Checkpoints("run", tmp_path)
    lesson = Lesson(make_model(), pairs, words, params, lambda *_: {"mlm/loss": 1.0})

    def log(step, values):
        logged.append(step)
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(lesson.model, [lesson], params, checkpoints, log)
    again = Lesson(make_model(), pairs, words, params, lambda *_: {"mlm/loss": 2.0})
    _, history, _ = train(again.model, [again], params, checkpoints, lambda *_: None)
    assert history[0] == (0, {"validation/mlm/loss": 1.0})
    assert [step for step, _ in history] == [0, 2, 3, 4, 6]
    assert history[-1][1]["validation/mlm/loss"] == 2.0


def test_a_step_has_the_tasks_that_its_number_draws_and_no_others(
    pairs, words, make_model, run_params, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    mix = {"itm": 2.0, "mlm": 2.0, "moc + mrfr": 1.0}
    params, logged = run_params(steps=12, log=1, validate=0), {}
    model = make_model(mix=mix)
    run(model, pairs, words, params, Checkpoints("mix"), logged.__setitem__)
    drawn = Mix(mix, model.plan.objectives, params.seed)
    for step in range(12):
        losses = {name for name in logged[step + 1] if name.endswith("/loss")}
        assert losses == {f"{task}/loss" for task in drawn.at(step)}
    assert len({tuple(drawn.at(step)) for step in range(12)}) == 3
