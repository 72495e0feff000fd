import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from curate.dataset import begun, memory, tables
from curate.dataset.errors import EmptySetError, ParamsError, WeightsError
from curate.stage import checkpoint
from curate.stage.params import as_dict
from tests._runs import LONGEST, assert_same, curves
from train import evaluate, pretrain

ROOT = Path(__file__).resolve().parents[2]


def run(small, params, out):
    parts = (small.snapshot, small.labels, small.network)
    return pretrain.main("imagebert", *parts, Path(out), Path("logs", out), params)


def test_equal_inputs_give_equal_bytes(small, project, run_params):
    first = run(small, run_params(), "one")
    assert run(small, run_params(), "two") == first
    names = sorted(f.name for f in Path("one").iterdir())
    assert names == [
        "README.md",
        "card.json",
        "config.json",
        "ledger.parquet",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert all(Path("one", n).read_bytes() == Path("two", n).read_bytes() for n in names)
    assert curves("one") == curves("two")
    run(small, run_params(seed=1), "three")
    assert (
        Path("one/model.safetensors").read_bytes() != Path("three/model.safetensors").read_bytes()
    )


class KilledError(Exception):
    """As good as a kill: comes after a checkpoint was written."""


@pytest.mark.parametrize(("accumulate", "workers"), [(1, 0), (3, 2)])
def test_a_killed_run_ends_as_if_it_had_not_been_also_with_other_workers(
    small, project, run_params, monkeypatch, accumulate, workers
):
    params = run_params(accumulate=accumulate)
    run(small, params, "whole")
    save, restore, restored = checkpoint.Checkpoints.save, checkpoint.Checkpoints.restore, []

    def save_and_die(self, step, *rest):
        save(self, step, *rest)
        if step == 4:
            raise KilledError

    def watched(self, *rest):
        restored.append(restore(self, *rest))
        return restored[-1]

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.Checkpoints, "save", save_and_die)
        with pytest.raises(KilledError):
            run(small, run_params(accumulate=accumulate, workers=workers), "resumed")
    assert not Path("resumed").exists()
    torch.manual_seed(99)  # what is left of random state must not matter
    monkeypatch.setattr(checkpoint.Checkpoints, "restore", watched)
    run(small, params, "resumed")
    assert restored[0][0] == 4
    assert_same("whole", "resumed")


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node")
# A run that kills itself, as `kill -9` would, in the backward pass of some batch.
KILLED = """
import os, runpy, signal
from train.updater import Updater

backward, left = Updater.backward, [int(os.environ["KILLED_AT"])]

def counted(self, loss):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    backward(self, loss)

Updater.backward = counted
runpy.run_module("train.pretrain", run_name="__main__", alter_sys=True)
"""


def started(small, params, out, launcher=("-m", "train.pretrain"), **environment):
    """A run of `python -m train.pretrain`, begun in the working directory."""
    Path("params.yaml").write_text(yaml.safe_dump({"pretrain": {"imagebert": as_dict(params)}}))
    paths = {
        "snapshot": small.snapshot,
        "labels": small.labels,
        "filter-network": small.network,
        "out": out,
        "log": f"logs/{out}",
    }
    flags = [word for name, path in paths.items() for word in (f"--{name}", str(path))]
    command = [sys.executable, *launcher, "--name", "imagebert", *flags]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | environment
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def ended(process):
    """What a run that went well said."""
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, said
    return said


@pytest.mark.slow
def test_a_run_that_is_killed_amid_a_step_ends_with_the_same_losses_to_the_bit(
    small, project, run_params
):
    params = run_params(steps=12, accumulate=4, ema=0.9, validate=4, checkpoint=3)
    ended(started(small, params, "whole"))
    at = str(4 * 7 + 3)  # the third batch of step 8
    for out, other in (("killed", ("-m",)), ("shared", (*TORCHRUN, "2", "-m", "--"))):
        process = started(small, params, out, ("-c", KILLED), KILLED_AT=at)
        process.communicate(timeout=LONGEST)
        assert process.returncode == -signal.SIGKILL
        assert not Path(out).exists()
        (left,) = checkpoint.DEFAULT_ROOT.glob("*/step-*")
        assert left.name == "step-00000006"
        said = ended(started(small, params, out, (*other, "train.pretrain")))
        assert "goes on from step 6 of 12" in said
        assert_same("whole", out)


@pytest.mark.slow
@pytest.mark.parametrize("number", ["2", "4"])
def test_some_processes_train_as_one_does_to_the_bit(small, project, run_params, number):
    tasks = {"itc": {}, "tlm": {}}
    params = run_params(accumulate=4, model={**run_params().model, "objectives": tasks})
    ended(started(small, params, "one"))
    launcher = (*TORCHRUN, number, "-m", "--", "train.pretrain")  # --: it has a --log of its own
    ended(started(small, params, "some", launcher))
    assert_same("one", "some")


def values(out):
    """All that was logged of a run, one number after another."""
    lines = [line for text in curves(out).values() for line in text.splitlines()[1:]]
    return [float(line.split("\t")[1]) for line in lines]


@pytest.mark.slow
def test_a_model_that_two_processes_share_learns_as_that_of_one_also_when_four_go_on_with_it(
    small, project, run_params
):
    changed = {"steps": 8, "accumulate": 4, "validate": 4, "checkpoint": 3, "precision": "fp32"}
    changed["model"] = {**run_params().model, "objectives": {"itc": {}}}
    ended(started(small, run_params(**changed), "one"))
    params = run_params(**changed, shard=True)
    Path("killed.py").write_text(KILLED)
    at = str(2 * 6 + 1)  # on each of two processes, the first of its batches of step 7
    process = started(small, params, "shared", (*TORCHRUN, "2", "--", "killed.py"), KILLED_AT=at)
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode != 0, said
    assert list(checkpoint.DEFAULT_ROOT.glob("*/step-*")), said
    (left,) = checkpoint.DEFAULT_ROOT.glob("*/step-*")
    assert left.name == "step-00000006"
    assert len(list(left.glob("*.distcp"))) == 2
    said = ended(started(small, params, "shared", (*TORCHRUN, "4", "-m", "--", "train.pretrain")))
    assert "goes on from step 6 of 8" in said
    assert values("shared") == pytest.approx(values("one"), rel=1e-3, abs=1e-5)
    one, shared = (load_file(f"{out}/model.safetensors") for out in ("one", "shared"))
    assert one.keys() == shared.keys()
    for name, weight in one.items():
        torch.testing.assert_close(shared[name], weight, atol=1e-4, rtol=1e-2)


def test_checkpoints_are_gone_once_the_model_is_written(small, project, run_params):
    run(small, run_params(), "out")
    assert list(checkpoint.DEFAULT_ROOT.glob("*")) == []


def test_states_stay_with_the_model_and_another_run_begins_with_one(small, project, run_params):
    params = run_params(keep=2, ema=0.5)
    run(small, params, "one")
    kept = sorted(folder.name for folder in Path("one/steps").iterdir())
    assert kept == ["step-00000002", "step-00000004"]
    evaluated = evaluate.EvaluateParams(candidates=4, task_pairs=8)
    evaluate.main(Path("one/steps", kept[1]), small.snapshot, small.labels, evaluated)
    parts = (small.snapshot, small.labels, small.network)
    state, params = Path("one/steps", kept[1]), run_params(steps=1, rate=1e-30)
    told = pretrain.main("imagebert", *parts, Path("two"), Path("logs/two"), params, begin=state)
    assert told["initialised"] == ["layers", "mlm", "moc", "mrfr", "itm"]
    first, second = (load_file(folder / "model.safetensors") for folder in (state, Path("two")))
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in first)
    assert begun.of(Path("two")) == (state, Path("one/ledger.parquet"), 4)
    with pytest.raises(ParamsError, match="which this run replaces; copy it elsewhere"):
        pretrain.main("imagebert", *parts, Path("one"), Path("logs"), params, begin=state)


def test_other_data_or_parameters_never_resume_a_run(small, run_params, tmp_path):
    parts = ("imagebert", small.snapshot, small.labels, small.network)
    first = pretrain.fingerprint(*parts, run_params())
    assert first == pretrain.fingerprint(*parts, run_params())
    assert first != pretrain.fingerprint(*parts, run_params(rate=2e-3))
    assert first == pretrain.fingerprint(*parts, run_params(workers=2, picture_cache=0))
    manifest = tables.read(small.snapshot / "manifest.parquet")
    tables.write(manifest.slice(1), tmp_path / "manifest.parquet", "uid")
    assert first != pretrain.fingerprint("imagebert", tmp_path, *parts[2:], run_params())


def test_curves_hold_every_task_in_training_and_validation(small, project, run_params):
    figures = run(small, run_params(), "out")
    folder = Path("logs/out/plots/metrics")
    for name in ("loss", "rate", "mlm/accuracy", "validation/mrfr/cosine", "validation/itm/loss"):
        lines = (folder / f"{name}.tsv").read_text().splitlines()
        wanted = ["0", "3", "6"] if name.startswith("validation") else ["2", "4", "6"]
        assert [line.split("\t")[0] for line in lines[1:]] == wanted
    assert json.loads(Path("logs/out/metrics.json").read_text())["step"] == 6
    assert figures["steps"] == 6
    assert figures["pairs"] == {"train": 60, "validation": 12}
    assert figures["initialised"] == ["words", "image head"]


def test_training_leaves_held_out_pairs_alone(small, project, run_params, monkeypatch):
    from train import lesson

    seen = set()
    make = lesson.Batches.make

    def watched(self, epoch, rows, *rest):
        seen.update(self._corpus.uids[row] for row in rows)
        return make(self, epoch, rows, *rest)

    monkeypatch.setattr(lesson.Batches, "make", watched)
    run(small, run_params(validate=0, steps=20, validation_pairs=0), "out")
    manifest = tables.read(small.snapshot / "manifest.parquet")
    train = set(tables.rows_with(manifest, "split", ["train"]).column("uid").to_pylist())
    assert len(seen) > 40
    assert seen <= train


def test_too_few_pairs_for_a_batch_is_an_error_that_says_so(small, project, run_params):
    with pytest.raises(EmptySetError, match="too few for batches of 4000"):
        run(small, run_params(batch=4000), "out")


def test_a_filter_network_that_is_not_there_is_an_error_that_says_what_works(
    small, project, run_params
):
    with pytest.raises(WeightsError, match="known to work"):
        run(small._replace(network=project), run_params(), "out")


def test_a_trained_model_is_measured_on_the_test_split_with_chance_beside_each_recall(
    small, project, run_params
):
    run(small, run_params(), "out")
    params = evaluate.EvaluateParams(candidates=10, task_pairs=8)
    args = (Path("out"), small.snapshot, small.labels, params)
    found = evaluate.main(*args, small.split)
    assert found == evaluate.main(*args, small.split)
    assert found["manifest"] == memory.fingerprint(small.snapshot / "manifest.parquet")
    for way in ("image_retrieval", "text_retrieval"):
        assert found[way]["candidates"] == 10
        for k in (1, 5, 10):
            recall, chance = found[way][f"recall_at_{k}"], found[way][f"chance_at_{k}"]
            assert chance == pytest.approx(k / 10)
            assert found[way][f"times_chance_at_{k}"] == pytest.approx(recall / chance)
    assert found["tasks"]["itm"]["targets"] == 8
    assert found["split"] == "test"
    both = evaluate.EvaluateParams(candidates=10, task_pairs=8, languages=("de",))
    further = evaluate.main(*args[:3], both, small.split)
    german = further.pop("languages")["de"]
    assert further == found
    assert german["image_retrieval"]["candidates"] == 10
    assert german["tasks"]["itm"]["targets"] == 8
    assert german["tasks"]["mlm"]["chance"] != found["tasks"]["mlm"]["chance"]


def test_a_model_of_patches_is_trained_on_pixels_and_measured(small, project, run_params):
    change = {**run_params().model["change"], "visual": "patches", "pixels": 16, "patch": 4}
    model = {"change": change, "objectives": {"moc": None, "mrfr": None}}
    run(small, run_params(model=model), "one")
    run(small, run_params(model=model, workers=2), "two")
    assert_same("one", "two")
    params = evaluate.EvaluateParams(candidates=10, task_pairs=8)
    found = evaluate.main(Path("one"), small.snapshot, small.labels, params, small.split)
    assert set(found["tasks"]) == {"mlm", "itm"}
    assert found["image_retrieval"]["candidates"] == 10
