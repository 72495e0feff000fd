"""Whole runs as processes of their own: killed, and shared by two."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from curate.stage import checkpoint
from curate.stage.params import as_dict

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300  # seconds that a run may take on a busy machine


def started(small, params, out, launcher=()):
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
    command = [sys.executable, *launcher, "-m", "train.pretrain", "--name", "imagebert", *flags]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def ended(process):
    _, said = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, said


def curves(out):
    return {f.name: f.read_text() for f in sorted(Path("logs", out).rglob("*.tsv"))}


def assert_same(one, two):
    first, second = (load_file(f"{out}/model.safetensors") for out in (one, two))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert curves(one) == curves(two)
    ledgers = [Path(out, "ledger.parquet").read_bytes() for out in (one, two)]
    assert ledgers[0] == ledgers[1]


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_ends_with_the_same_losses_to_the_bit(
    small, project, run_params
):
    params = run_params(steps=120, accumulate=2, ema=0.9, validate=40, checkpoint=7)
    ended(started(small, params, "whole"))
    process = started(small, params, "killed")
    until = time.monotonic() + LONGEST
    while not list(checkpoint.DEFAULT_ROOT.glob("*/step-*")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not Path("killed").exists()
    left = list(checkpoint.DEFAULT_ROOT.glob("*/step-*"))
    assert len(left) >= 1
    ended(started(small, params, "killed"))
    assert_same("whole", "killed")


@pytest.mark.slow
def test_two_processes_train_as_one_does_to_the_bit(small, project, run_params):
    params = run_params(accumulate=2)
    ended(started(small, params, "one"))
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    ended(started(small, params, "two", torchrun))
    assert_same("one", "two")
