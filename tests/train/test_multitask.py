"""A small model that learns several small tasks, each step one of them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file

from curate.dataset import tables
from curate.dataset.errors import ParamsError
from curate.stage import checkpoint
from curate.stage.params import build
from train import evaluate_multitask, evaluate_task, multitask
from train.evaluate_task import EvaluateTaskParams
from train.model import save
from train.params import MultitaskParams
from train.turns import drawn

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {  # task -> its format
    "statements": "nlvr2",
    "choices": "vcr",
    "expressions": "refcoco",
    "captions": "karpathy",
    "retrieval": "karpathy_pairs",
}
RUN: dict[str, Any] = {
    "tasks": {"shapes": {}, "statements": {}},
    "model": "models/small",
    "steps": 12,
    "batch": 4,
    "rate": 3e-3,
    "log": 1,
    "validate": 6,
    "checkpoint": 3,
}
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "--")


@pytest.fixture
def places(project, shapes, official, make_model, words) -> dict[str, Path]:
    """Tasks of every objective, of which two are one, and a small pretrained model."""
    save(make_model(), Path("models/small"))
    words.save(Path("models/small"))
    for kind in ("task", "labels"):
        Path(kind).mkdir()
        made = {"shapes": shapes, "again": shapes} | {n: official(k) for n, k in OTHERS.items()}
        for name, task in made.items():
            Path(kind, name).symlink_to(getattr(task, kind))
    return {"tasks": Path("task"), "labels": Path("labels"), "model": Path("models/small")}


@pytest.fixture
def run(places) -> Callable[..., dict[str, Any]]:
    def main(out: str, **changed: object) -> dict[str, Any]:
        params = build(MultitaskParams, {**RUN, **changed}, "multitask.small")
        return multitask.main(
            "small", **places, out=Path(out), log=Path("logs", out), params=params
        )

    return main


def assert_same(one: str, two: str, *tasks: str) -> None:
    """Two runs left the same models, ledgers and curves."""
    for task in tasks:
        for name in ("model.safetensors", "ledger.parquet"):
            assert Path(one, task, name).read_bytes() == Path(two, task, name).read_bytes()
    curves = [{f.name: f.read_text() for f in Path("logs", o).rglob("*.tsv")} for o in (one, two)]
    assert curves[0] == curves[1]


def test_one_model_learns_tasks_of_every_objective_and_each_is_measured_as_by_itself(run, places):
    tasks: dict[str, Any] = {"shapes": {}} | {name: {} for name in OTHERS}
    figures = run("tuned", tasks=tasks, steps=360, batch=6, log=1, validate=0, checkpoint=0)
    told = figures["tasks"]
    objectives = ["answer", "pair", "choice", "region", "caption", "match"]
    assert [one["objective"] for one in told.values()] == objectives
    assert [one["answers"] for one in told.values()] == [4, 2, 0, 0, 0, 0]
    assert sum(one["share"] for one in told.values()) == pytest.approx(1)
    for task, objective in zip(tasks, objectives, strict=True):
        curve = Path("logs/tuned/plots/metrics", task, objective, "loss.tsv").read_text()
        losses = [float(line.split("\t")[1]) for line in curve.splitlines()[1:]]
        if task != "choices":  # these want more steps
            assert fmean(losses[-10:]) < 0.9 * fmean(losses[:10]), task
    asked = {name: places[name] for name in ("tasks", "labels")}
    out = Path("answers")
    found = evaluate_multitask.main(Path("tuned"), **asked, out=out, params=EvaluateTaskParams())
    assert list(found) == sorted(tasks)
    for name in ("shapes", "expressions"):
        own = (places["tasks"] / name, places["labels"] / name, Path("own.parquet"))
        alone = evaluate_task.main(Path("tuned", name), *own, EvaluateTaskParams())
        assert found[name]["found"] == alone["found"]
        assert found[name]["blind"] == alone["blind"]
    for name, one in found.items():
        written = tables.read(out / f"{name}.parquet").num_rows
        assert written == one["examples"] + (
            4 if name == "retrieval" else 0
        )  # its pictures ask, too


def test_the_run_of_all_tasks_leaves_none_out():
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert set(params["multitask"]["all"]["tasks"]) == set(params["tasks"])


def test_what_is_left_are_ordinary_models_that_differ_in_heads_alone(run):
    run("tuned", tasks={"shapes": {}, "again": {}}, ema=0.9, keep=6)
    one, other = (load_file(f"tuned/{name}/model.safetensors") for name in ("shapes", "again"))
    assert one.keys() == other.keys()
    different = {name for name in one if not torch.equal(one[name], other[name])}
    assert different
    assert {name.split(".")[0] for name in different} == {"heads"}
    files = sorted(file.name for file in Path("tuned/shapes").iterdir())
    wanted = ["config.json", "ledger.parquet", "model.safetensors", "steps"]
    assert files == [*wanted, "tokenizer.json", "tokenizer_config.json"]
    assert [state.name for state in Path("tuned/again/steps").iterdir()] == ["step-00000006"]


def test_each_step_is_noted_by_the_task_that_was_drawn_and_by_no_other(run):
    figures = run("tuned")
    examples = [one["examples"]["train"] for one in figures["tasks"].values()]
    turns = drawn(examples, 2.0, RUN["steps"], 0)
    for number, name in enumerate(RUN["tasks"]):
        ledger = tables.read(Path("tuned", name, "ledger.parquet"))
        seen = {step for row in ledger.column("steps").to_pylist() for step in row or ()}
        assert seen == {step + 1 for step in range(RUN["steps"]) if turns[step] == number}
        objective = figures["tasks"][name]["objective"]
        curve = Path("logs/tuned/plots/metrics", name, objective, "loss.tsv").read_text()
        assert {int(line.split("\t")[0]) for line in curve.splitlines()[1:]} == seen
        assert f"validation/{name}/{objective}/loss" in figures["last"]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_killed_run_ends_as_if_it_had_not_been(run, monkeypatch, workers):
    class KilledError(Exception):
        """As good as a kill: comes after a checkpoint was written."""

    tasks = {"shapes": {}, "statements": {}, "again": {}}
    changed = {"tasks": tasks, "ema": 0.9, "accumulate": 2, "workers": workers}
    whole = run("whole", **changed)
    save_state = checkpoint.Checkpoints.save

    def save_and_die(self, step, *rest):
        save_state(self, step, *rest)
        if step == 6:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "save", save_and_die)
        with pytest.raises(KilledError):
            run("resumed", **changed)
    assert not Path("resumed").exists()
    torch.manual_seed(99)  # what is left of random state must not matter
    assert run("resumed", **changed) == whole
    assert_same("whole", "resumed", *tasks)
    assert list(checkpoint.DEFAULT_ROOT.glob("*")) == []


@pytest.mark.slow
def test_two_processes_draw_the_same_tasks_and_train_as_one_does_to_the_bit(places):
    section = {"small": {**RUN, "accumulate": 2}}
    Path("params.yaml").write_text(yaml.safe_dump({"multitask": section}))
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    flags = [word for name, path in places.items() for word in (f"--{name}", str(path))]
    for out, launcher in (("one", ("-m",)), ("two", TORCHRUN)):
        own = ["--name", "small", *flags, "--out", out, "--log", f"logs/{out}"]
        command = [sys.executable, *launcher, "train.multitask", *own]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert_same("one", "two", *RUN["tasks"])


def test_what_cannot_be_learnt_together_is_told(run):
    with pytest.raises(ParamsError, match=r"no task shape in task; there are again, capt"):
        run("tuned", tasks={"shape": {}, "statements": {}})
    with pytest.raises(ParamsError, match="no task is named"):
        run("tuned", tasks={})
    with pytest.raises(ParamsError, match=r"unknown parameter objectives\.pair\.losses"):
        run("tuned", tasks={"shapes": {}, "statements": {"losses": "binary"}})
    with pytest.raises(ParamsError, match="shard is for a run that learns one task"):
        run("tuned", shard=True)
