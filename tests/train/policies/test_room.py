import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from curate.dataset.errors import DataError, FailedError
from train.policies.room import PARAMS, Room, opened

ROOT = Path(__file__).resolve().parents[3]
OURS = Path("proof/search/dvc.yaml")
PIPELINE, FIGURES = Path("search/dvc.yaml"), Path("search/told.json")
STAGE = {
    "wdir": "..",
    "cmd": "python code/double.py given ${number} search/told.json",
    "deps": ["code", "given"],
    "params": ["number"],
    "metrics": [{"search/told.json": {"cache": False}}],
}
DOUBLE = """import json, pathlib, sys
given, number, out = sys.argv[1:]
pathlib.Path("ran.txt").open("a").write("ran ")
if int(number) < 0:
    sys.exit(f"a number below 0: {number}")
told = {"twice": 2 * int(number), "given": pathlib.Path(given).read_text()}
pathlib.Path(out).write_text(json.dumps(told))
"""


@pytest.fixture
def room(project):
    """A room for a pipeline of one stage, which doubles a number."""
    for folder in ("code", "search"):
        Path(folder).mkdir()
    Path("code/double.py").write_text(DOUBLE)
    Path("given").write_text("words")
    stages = {"vars": ["../params.yaml"], "stages": {"double": STAGE}}
    PIPELINE.write_text(yaml.safe_dump(stages))
    Path(PARAMS).write_text("number: 1\nother: {a: 1}\n")
    with opened(Path("room"), PIPELINE, FIGURES, Path(PARAMS)) as own:
        yield own


def refs():
    words = ["git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*"]
    found = subprocess.run(words, cwd="room", capture_output=True, text=True, check=True).stdout
    return sorted(ref.rpartition("/")[2] for ref in found.split())


def test_a_policy_runs_as_an_experiment_and_the_project_stays_as_it_was(room):
    before = {path: path.read_bytes() for path in (PIPELINE, Path(PARAMS))}
    assert room.run("two", {"number": 2}) == {"twice": 4, "given": "words"}
    assert room.run("one", {"other.a": None})["twice"] == 2  # without the change of the one before
    assert refs() == ["one", "two"]
    ran = Path("room/ran.txt").read_text()
    assert room.run("two", {"number": 2})["twice"] == 4  # answered from the run cache
    assert Path("room/ran.txt").read_text() == ran
    assert {path: path.read_bytes() for path in before} == before


def test_an_experiment_that_fails_says_what_its_stage_said_and_the_next_one_runs(room):
    with pytest.raises(FailedError, match="a number below 0: -3"):
        room.run("below", {"number": -3})
    with pytest.raises(FailedError, match="nombre"):
        room.run("none", {"nombre": 3})
    assert room.run("three", {"number": 3})["twice"] == 6


def test_a_search_is_another_where_code_or_pipeline_is_another(room):
    def print_():
        return Room(Path("room"), PIPELINE, FIGURES, Path(PARAMS)).fingerprint()

    own = print_()
    assert print_() == own
    Path("code/double.py").write_text(f"{DOUBLE}# more\n")
    changed = print_()
    assert changed != own
    PIPELINE.write_text(PIPELINE.read_text().replace("given ${", "given  ${"))
    assert print_() not in (own, changed)


def test_what_is_missing_is_an_error_that_says_what_to_run(room):
    Path("given").unlink()
    with pytest.raises(DataError, match=r"given is missing, .*make proof"):
        Room(Path("room"), PIPELINE, FIGURES, Path(PARAMS))


def test_dvc_accepts_the_command_that_runs_a_policy_again(project):
    OURS.parent.mkdir(parents=True)
    shutil.copy(ROOT / OURS, OURS)
    shutil.copy(ROOT / PARAMS, PARAMS)
    for folder in ("curate", "train"):
        Path(folder).symlink_to(ROOT / folder)
    stages = yaml.safe_load(OURS.read_text())["stages"]
    for dep in (dep for stage in stages.values() for dep in stage["deps"]):
        if dep.startswith(("data/", "models/", "proof/data/")):
            Path(dep).mkdir(parents=True, exist_ok=True)
    Path("room").mkdir()
    own = Room(Path("room"), OURS, Path("proof/search/metrics/run.json"), Path(PARAMS))
    changes = {"policy.rules.clip.at_least": 0.05, "policy.rules.sharp": None, "policy.made": True}
    *_, path = yaml.safe_load(Path(PARAMS).read_text())["policy_search"]["space"]

    def queue(changes):
        words = shlex.split(own.command(changes))
        assert words[:4] == ["dvc", "exp", "run", OURS.as_posix()]
        words = [sys.executable, "-m", *words, "--queue"]
        return subprocess.run(words, cwd="room", capture_output=True, text=True, check=False)

    done = queue({**changes, path: 0.25})
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        ["git", "show", "refs/exps/celery/stash:params.yaml"],
        **{"cwd": "room", "capture_output": True, "text": True, "check": True},
    ).stdout
    queued = yaml.safe_load(shown)
    assert queued["policy"]["rules"]["clip"]["at_least"] == 0.05
    assert queued["policy"]["rules"]["sharp"] is None
    assert queued["policy"]["made"] is True
    assert queued["policy_run"]["pretrain"]["sampling"]["sources"]["manual"] == 0.25
    assert queued["filter"] == yaml.safe_load(Path(PARAMS).read_text())["filter"]
    assert queue({**changes, "policy.rules.clap.at_least": 0.25}).returncode != 0
