import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from curate.stage.run import write_json

STAGE = '''
"""A stage to try."""
from pathlib import Path
from typing import Any
from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.stage.run import run

@parameters
class TryParams:
    factor: float = 2.0  # ratio

def main(pool: Path, out: Path, params: TryParams) -> dict[str, Any]:
    """Try it."""
    if not pool.exists():
        raise DataError(f"no pool at {pool}")
    out.write_text(pool.read_text() * int(params.factor))
    return {"factor": params.factor, "third": 1 / 3}

if __name__ == "__main__":
    run("trial", section="trial")
'''


@pytest.fixture
def stage(project):
    Path("trial.py").write_text(STAGE)
    Path("params.yaml").write_text("trial: {factor: 3}\n")
    Path("pool").write_text("x")

    def call(*flags):
        command = [sys.executable, "trial.py", *flags]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    return call


def test_paths_become_flags_params_are_read_and_metrics_written(stage):
    done = stage("--pool", "pool", "--out", "out", "--metrics", "metrics/trial.json")
    assert done.returncode == 0, done.stderr
    assert Path("out").read_text() == "xxx"
    assert json.loads(Path("metrics/trial.json").read_text()) == {"factor": 3.0, "third": 0.333333}


def test_a_url_comes_through_whole_where_a_stage_takes_one(project, store):
    text = STAGE.replace("pool: Path, out: Path", "pool: files.Place, out: files.Place")
    Path("trial.py").write_text(
        text.replace("import run", "import run\nfrom curate.dataset import files")
    )
    Path("params.yaml").write_text("trial: {factor: 2}\n")
    Path("pool").write_text("x")
    command = [sys.executable, "trial.py", "--out", "out", "--pool"]
    done = [
        subprocess.run([*command, pool], capture_output=True, text=True, check=False)
        for pool in ("pool", f"{store}/pool", "nowhere://some/pool")
    ]
    assert done[0].returncode == 0, done[0].stderr
    assert Path("out").read_text() == "xx"
    assert f"DataError: no pool at {store}/pool" in done[1].stderr
    assert "nowhere://some/pool: can be written to s3://" in done[2].stderr


def test_help_names_every_flag(stage):
    text = stage("--help").stdout
    assert "Try it." in text
    assert all(flag in text for flag in ("--pool", "--out", "--metrics", "--params"))


def test_errors_of_ours_end_with_their_message_alone(stage):
    done = stage("--pool", "gone", "--out", "out")
    assert done.returncode == 1
    assert "DataError: no pool at gone" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_told_as_such(stage):
    done = stage("--pool", "pool", "--out", "/dev/full")
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert "make room and run the same again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_typo_in_params_ends_the_command(stage):
    Path("params.yaml").write_text("trial: {facter: 3}\n")
    done = stage("--pool", "pool", "--out", "out")
    assert done.returncode == 1
    assert "unknown parameter trial.facter; did you mean 'factor'" in done.stderr


def test_metrics_are_plain_json_whatever_the_number_type(tmp_path):
    import numpy as np

    file = tmp_path / "m.json"
    write_json({"a": np.float32(0.1), "b": math.nan, "c": [np.int64(3)], 4: (1,)}, file)
    assert json.loads(file.read_text()) == {"a": 0.1, "b": None, "c": [3], "4": [1]}


@pytest.mark.parametrize(("given", "wanted"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_waiting_threads_sleep_unless_the_user_says_otherwise(stage, monkeypatch, given, wanted):
    shown = (
        "import os, sys; assert 'torch' not in sys.modules; print(os.environ['OMP_WAIT_POLICY'])"
    )
    source = STAGE.replace('    """Try it."""\n', f'    """Try it."""\n    {shown}\n')
    Path("trial.py").write_text(source)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if given:
        monkeypatch.setenv("OMP_WAIT_POLICY", given)
    done = stage("--pool", "pool", "--out", "out")
    assert done.stdout.strip() == wanted, done.stderr
