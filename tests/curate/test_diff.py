import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from curate.comparing.version import opened
from curate.dataset import tables
from curate.scorers import caption
from curate.stage.commands import GROUP
from tests.curate.conftest import SNAPSHOT

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMMANDS = PROJECT["entry-points"][GROUP]
STAGES = {
    "filter": {
        "cmd": "python -m curate.filter --sets data/pool --scores data/scores "
        "--out data/decisions/pool.parquet --metrics metrics/filter.json",
        "deps": ["data/pool", "data/scores", "code.txt"],
        "params": ["filter"],
        "outs": ["data/decisions/pool.parquet"],
        "metrics": [{"metrics/filter.json": {"cache": False}}],
    },
    "snapshot": {
        "cmd": "python -m curate.snapshot --pool data/pool --made data/made "
        "--decisions data/decisions --split data/split.parquet --labels data/labels "
        "--out data/snapshot --metrics metrics/snapshot.json",
        "deps": ["data/pool", "data/decisions", "data/split.parquet"],
        "params": ["snapshot"],
        "outs": ["data/snapshot"],
        "metrics": [{"metrics/snapshot.json": {"cache": False}}],
    },
}


def call(*command):
    """Run a command with the interpreter and the code of the tests; gives what it says."""
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PATH": paths, "PYTHONPATH": f"site:{ROOT}", "GIT_CONFIG_GLOBAL": os.devnull}
    own |= {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **own})
    return done.returncode, done.stdout + done.stderr


def diff(*arguments):
    """Run the subcommand as an installer leaves it."""
    info = Path("site/pairwright-1.0.dist-info")
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pairwright\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ndiff = {COMMANDS['diff']}\n")
    start = "from curate.stage.commands import main; main()"
    return call(sys.executable, "-c", start, "diff", *arguments)


def done(*command):
    status, said = call(*command)
    assert status == 0, said
    return said


@pytest.fixture(scope="module")
def committed_once(drawn_once, tmp_path_factory):
    made = drawn_once.copied(tmp_path_factory.mktemp("committed"))
    with contextlib.chdir(made.root):
        commit_twice()
    return made


@pytest.fixture
def committed(committed_once, project):
    """A DVC project of two commits, the second of which keeps no long captions."""
    return committed_once.copied(project)


def commit_twice():
    shutil.rmtree("data/made")
    Path("data/decisions/made.parquet").unlink()
    Path("data/decisions/pool.parquet").unlink()
    table = caption.score(tables.read(Path("data/pool/pairs.parquet")), caption.Params())
    tables.write(table, Path("data/scores/caption.parquet"), caption.KEY, caption.SCHEMA)
    Path("dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}, sort_keys=False))
    Path("code.txt").write_text("first")
    done("git", "init", "-q")
    done("dvc", "init", "-q")
    done("dvc", "add", "-q", "data/pool", "data/scores", "data/split.parquet")
    for most, code in ((20, "first"), (13, "second")):
        rules = {"characters": {"column": "caption.characters", "at_most": most}}
        params = {"filter": {"rules": rules}, "snapshot": SNAPSHOT}
        Path("params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
        Path("code.txt").write_text(code)
        done("dvc", "repro", "-q")
        done("git", "add", ".")
        done("git", "commit", "-qm", code)


def test_two_revisions_are_compared_from_the_cache_and_nothing_is_checked_out(committed):
    shutil.rmtree("data")
    status, said = diff("HEAD~1", "HEAD", "--json", "o.json", "--pairs", "o.parquet")
    assert status == 0, said
    assert not Path("data").exists()
    assert "8 − 3 went + 0 came = 5; 5 are in both" in said
    assert re.search(
        r"3  rule characters  margin \+6 → −1 +the rule changed: at_most 20 → 13", said
    )
    assert "filter.rules.characters.at_most  20 → 13" in said
    assert re.search(r"filter +code code\.txt, param filter\.rules\.characters\.at_most", said)
    assert re.search(r"snapshot +data data/decisions", said)
    assert "Note" not in said
    written = json.loads(Path("o.json").read_text())
    assert written["pairs"] == {"a": 8, "went": 3, "came": 0, "b": 5, "stayed": 5}
    assert written["went"][0]["sources"] == {"drawn": 3}
    assert written["scores"]["caption.characters"]["kolmogorov_smirnov"] == 0.375
    rows = tables.read(Path("o.parquet")).to_pylist()
    assert {(r["way"], r["cause"], r["name"]) for r in rows} == {("went", "rule", "characters")}
    assert sorted(r["margin_now"] for r in rows) == [-2.0, -1.0, -1.0]
    said = done("dvc", "metrics", "diff", "HEAD~1", "HEAD", "--md")
    assert re.search(r"metrics/snapshot\.json +\| pairs +\| 8 +\| 5 +\| -3", said)
    assert re.search(r"languages\.fr\.pairs +\| 1 +\| - ", said)


def test_a_revision_comes_with_the_blurred_pictures_that_its_snapshot_shows(committed):
    shutil.copytree("data/pool", "data/blurred")
    done("dvc", "add", "-q", "data/blurred")
    done("git", "add", ".")
    done("git", "commit", "-qm", "blurred")
    shutil.rmtree("data")
    with opened("HEAD") as version:
        held = {file.name for file in (version.root / "data/blurred").rglob("*.*")}
    assert held >= {"pairs.parquet"}
    assert any(name.endswith(".tar") for name in held)


def test_snapshots_without_their_projects_are_compared_by_their_provenance(committed):
    first = done("git", "rev-parse", "HEAD~1").strip()
    shutil.copytree("data/snapshot", "alone/now")
    done("git", "checkout", "-q", "HEAD~1")
    done("dvc", "checkout", "-q")
    shutil.copytree("data/snapshot", "alone/then")
    status, said = diff("alone/then", "alone/now", "--json", "o.json")
    assert status == 0, said
    assert "8 − 3 went + 0 came = 5; 5 are in both" in said
    assert f"by {first[:10]} and uncommitted code.txt, params.yaml" in said
    assert "filter.rules.characters.at_most  20 → 13" in said
    assert re.search(r"filter +code code\.txt, param filter\.rules\.characters\.at_most", said)
    assert re.search(r"snapshot +data filter", said)
    assert "are not compared" not in said
    b = json.loads(Path("o.json").read_text())["b"]
    assert (b["revision"], b["dirty"], b["uncommitted"]) == (
        first,
        True,
        ["code.txt", "params.yaml"],
    )


def test_what_the_cache_does_not_hold_or_git_does_not_know_is_said_in_one_line(committed):
    fetch = "`dvc fetch --all-commits` brings it from the remote"
    lock = yaml.safe_load(Path("dvc.lock").read_text())
    out = lock["stages"]["filter"]["outs"][0]["md5"]
    for name in ("nowhere", "HEAD~9"):
        status, said = diff(name)
        assert status == 1
        assert f"'{name}' is neither a folder with a snapshot nor a git revision" in said
        assert "Traceback" not in said
    Path(f".dvc/cache/files/md5/{out[:2]}/{out[2:]}").unlink()
    status, said = diff("HEAD~1", "HEAD")
    assert status == 0
    assert "8 − 3 went + 0 came = 5" in said
    assert "unknown: the tables are not at hand" in said
    assert fetch in said
    assert "8 − 3 went + 0 came = 5" in diff("HEAD~1")[1]  # the working tree has its own
    shutil.rmtree(".dvc/cache")
    status, said = diff("HEAD~1", "HEAD")
    assert status == 1
    assert "DataError: DVC's cache does not hold data/snapshot, data/decisions" in said
    assert fetch in said
