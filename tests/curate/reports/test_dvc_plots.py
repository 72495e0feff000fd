import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from curate.dataset import tables
from curate.reports import dvc_plots
from curate.reports.inputs import Inputs, Paths
from tests import _report

ROOT = Path(__file__).resolve().parents[3]
OUT = Path("reports/plots")
PATHS = Paths(
    Path("data/pool"),
    Path("data/decisions"),
    scores=Path("data/scores"),
    snapshot=Path("data/snapshot"),
    rules=Path("params.yaml"),
)


def read(name):
    return json.loads((OUT / name).read_text(encoding="utf-8"))


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dvc(*words):
    return call(sys.executable, "-m", "dvc", *words)


def keep(message):
    call("git", "add", "-A")
    named = ("-c", "user.name=t", "-c", "user.email=t@t.invalid")
    call("git", *named, "commit", "-qm", message)


@pytest.fixture
def versioned(finished):
    """A repository whose report stage, with the plots of our own dvc.yaml, ran and was committed.

    The metrics of `filter` are among it, as the filter stage leaves them.
    """
    call("git", "init", "-q")
    dvc("init", "-q")
    shutil.copytree(ROOT / ".dvc/plots", ".dvc/plots")
    own = yaml.safe_load((ROOT / "dvc.yaml").read_text("utf-8"))["stages"]["report"]
    paths = {"pool": "data/pool", "decisions": "data/decisions"}
    paths |= {name: _report.OPTIONAL[name] for name in ("scores", "snapshot", "rules")}
    flags = " ".join(f"--{name} {path}" for name, path in paths.items())
    command = f"{sys.executable} -m curate.report {flags} --out {_report.OUT} --plots {OUT}"
    stage = {"cmd": command, "deps": list(paths.values())}
    stage |= {"outs": [str(_report.OUT)], "plots": own["plots"]}
    Path("dvc.yaml").write_text(
        yaml.safe_dump({"stages": {"report": stage}, "metrics": ["metrics/filter.json"]})
    )
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["report"] = {"title": "Shapes", "sections": ["funnel"]}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    Path("metrics/filter.json").write_text(json.dumps({"kept": 8, "rules": {"clip": 1}}))
    dvc("repro", "-q")
    keep("then")
    return finished


def test_every_pair_is_counted_in_each_table(finished):
    dvc_plots.write(Inputs(PATHS, _report.OUT), OUT, 48)
    pairs = tables.read(Path("data/pool/pairs.parquet")).num_rows
    funnel = {row["name"]: row["pairs"] for row in read("counts/funnel.json")}
    assert funnel["pairs in the pool"] == pairs
    assert funnel["kept"] == pairs - sum(row["pairs"] for row in read("counts/reasons.json"))
    held = tables.read(Path("data/snapshot/manifest.parquet")).num_rows
    for name in ("sources", "languages"):
        assert sum(row["pairs"] for row in read(f"counts/{name}.json")) == held
    words = read("scores/caption.words.json")
    assert sum(row["kept"] + row["dropped"] for row in words) == pairs
    assert [(r["rule"], r["limit"]) for r in words if r["limit"] is not None] == [("clip ≥ 2", 2.0)]


def test_every_limit_is_told_however_few_bins_there_are(finished):
    params = yaml.safe_load(Path("params.yaml").read_text())
    rules = {f"rule {n}": {"column": "caption.words", "at_least": n / 100} for n in range(9)}
    params["filter"]["rules"] |= rules
    Path("params.yaml").write_text(yaml.safe_dump(params))
    dvc_plots.write(Inputs(PATHS, _report.OUT), OUT, 2)
    words = read("scores/caption.words.json")
    limits = {row["rule"]: row["limit"] for row in words if row["rule"] is not None}
    wanted = {f"{name} ≥ {rule['at_least']:g}": rule["at_least"] for name, rule in rules.items()}
    assert wanted.items() <= limits.items()
    pairs = tables.read(Path("data/pool/pairs.parquet")).num_rows
    assert sum(row["kept"] + row["dropped"] for row in words) == pairs


def test_the_same_inputs_give_the_same_tables(finished):
    for name in ("one", "two"):
        dvc_plots.write(Inputs(PATHS, _report.OUT), Path(name), 48)
    files = [file.relative_to("one") for file in Path("one").rglob("*.json")]
    assert len(files) > 8
    assert all(Path("one", f).read_bytes() == Path("two", f).read_bytes() for f in files)


def test_what_did_not_run_is_left_out_and_what_was_there_before_is_gone(drawn_project):
    (OUT / "scores").mkdir(parents=True)
    (OUT / "scores/old.json").write_text("[]")
    paths = Paths(Path("data/pool"), Path("data/decisions"))
    dvc_plots.write(Inputs(paths, _report.OUT), OUT, 48)
    assert not list((OUT / "scores").iterdir())
    assert sum(row["pairs"] for row in read("counts/sources.json")) == 7


def test_dvc_draws_one_version_beside_another_with_the_limits_of_rules(versioned):
    params = yaml.safe_load(Path("params.yaml").read_text())
    params["filter"]["rules"]["clip"]["at_least"] = 3.0
    Path("params.yaml").write_text(yaml.safe_dump(params))
    rows = [row for row in versioned.pairs if row["lang"] == "en"]
    versioned.decide("pool", versioned.pairs, dropped=[row["uid"] for row in rows])
    dvc("repro", "-q")
    dvc("plots", "diff", "HEAD", "--out", "drawn")
    page = Path("drawn/index.html").read_text(encoding="utf-8")
    specs = [json.loads(spec) for spec in re.findall(r"var spec = (\{.*\});", page)]
    drawn = {Path(spec["title"]["text"]).name: spec for spec in specs}
    files = {file.name for file in OUT.rglob("*.json")}
    assert set(drawn) == files
    assert "<DVC_METRIC" not in page
    kept = [row for row in drawn["funnel.json"]["data"]["values"] if row["name"] == "kept"]
    assert {row["rev"]: row["pairs"] for row in kept} == {"HEAD": 7, "workspace": 2}
    words = drawn["caption.words.json"]["data"]["values"]
    limits = {(row["rev"], row["rule"]) for row in words if row["limit"] is not None}
    assert limits == {("HEAD", "clip ≥ 2"), ("workspace", "clip ≥ 3")}


def test_dvc_says_which_figures_changed(versioned):
    Path("metrics/filter.json").write_text(json.dumps({"kept": 2, "rules": {"clip": 7}}))
    found = json.loads(dvc("metrics", "diff", "HEAD", "--json"))
    changes = {name: row["diff"] for name, row in found["metrics/filter.json"].items()}
    assert changes == {"kept": -6, "rules.clip": 6}
