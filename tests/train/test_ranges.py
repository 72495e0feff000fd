import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from curate.dataset.errors import ParamsError
from curate.stage.params import build
from train.objectives import itc, negatives, tlm
from train.params import PretrainParams
from train.region_task import RegionParams

ROOT = Path(__file__).resolve().parents[2]
RUN = {"model": {"size": "tiny"}, "steps": 1, "batch": 8}


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"batch": 0}, "batch"),
        ({"batch": -1}, "batch"),
        ({"steps": 0}, "steps"),
        ({"accumulate": 0}, "accumulate"),
        ({"workers": -1}, "workers"),
        ({"rate": -1.0}, "rate"),
        ({"warm_up": 3.0}, "warm_up"),
        ({"clip": -1.0}, "clip"),
        ({"betas": [2.0, 0.9]}, "betas.0"),
        ({"ema": 1.5}, "ema"),
        ({"layer_decay": -1.0}, "layer_decay"),
        ({"log": -1}, "log"),
        ({"validation_pairs": -1}, "validation_pairs"),
        ({"candidates": -1}, "candidates"),
        ({"tokenizer": {"size": 0}}, "tokenizer.size"),
        ({"sampling": {"languages": {"en": -1.0}}}, "sampling.languages.en"),
        ({"sampling": {"sources": {"emoji": -1.0}}}, "sampling.sources.emoji"),
        ({"sampling": {"negatives": 1.5}}, "sampling.negatives"),
        ({"sampling": {"hard": 2.0}}, "sampling.hard"),
        ({"sampling": {"neighbours": 0}}, "sampling.neighbours"),
        ({"sampling": {"alpha": -1.0}}, "sampling.alpha"),
        ({"sampling": {"unmasked": 2.0}}, "sampling.unmasked"),
        ({"sampling": {"stages": [{"until": -5}]}}, "sampling.stages.0.until"),
    ],
)
def test_a_number_that_no_run_can_have_is_named_with_its_bound(changed, place):
    with pytest.raises(ParamsError, match=f"parameter pretrain.{place} is .*: input should be"):
        build(PretrainParams, {**RUN, **changed}, "pretrain")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (tlm.Params, {"share": 1.5}),
        (tlm.Params, {"share": 0.0}),
        (negatives.Params, {"share": -0.5}),
        (itc.Params, {"start": 0.0}),
        (RegionParams, {"overlap": 2.0}),
    ],
)
def test_a_task_keeps_its_bounds(kind, values):
    (name,) = values
    with pytest.raises(ParamsError, match=f"parameter task.{name} is .*: input should be"):
        build(kind, values, "task")


def test_a_user_reads_what_was_found_and_no_trace(tmp_path):
    (tmp_path / "params.yaml").write_text(
        yaml.safe_dump({"pretrain": {"imagebert": {**RUN, "batch": -1, "wrokers": 2}}})
    )
    flags = ("snapshot", "labels", "filter-network", "out", "log")
    words = [word for flag in flags for word in (f"--{flag}", str(tmp_path / flag))]
    command = [sys.executable, "-m", "train.pretrain", "--name", "imagebert", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "parameter pretrain.imagebert.batch is -1: input should be greater than" in done.stderr
    assert "pretrain.imagebert.wrokers; did you mean 'workers'?" in done.stderr
    assert "Traceback" not in done.stderr
