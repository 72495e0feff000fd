import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from curate.dataset import tables
from curate.dataset.errors import BusyError, ParamsError
from curate.stage.alone import alone
from curate.stage.params import as_dict, build
from train import policy_search
from train.policies.room import PARAMS

ROOT = Path(__file__).resolve().parents[2]
PIPELINE, FIGURES = Path("search/dvc.yaml"), Path("search/run.json")
CMD = """python -m train.compare_data --section policy_run --condition policy
--seed ${policy_search.seed} --snapshots snapshots --truth truth.parquet --labels labels
--filter-network network --split split.parquet --out search/data/model --log search/data/curves
--metrics search/run.json"""
STAGE = {
    "wdir": "..",
    "cmd": " ".join(CMD.split()),
    "deps": ["curate", "train", "snapshots", "truth.parquet", "labels", "network", "split.parquet"],
    "params": ["policy_run", "policy_search.seed"],
    "outs": ["search/data/model", "search/data/curves"],
    "metrics": [{"search/run.json": {"cache": False}}],
}
SEARCH = {
    "seed": 5,
    "space": {
        "policy_run.pretrain.rate": {"kind": "float", "low": 1e-4, "high": 1e-1, "log": True}
    },
    "rungs": {"first": 2, "factor": 2, "number": 2},
    "budget": {"trials": 2},
    "check": {
        "best": 1,
        "others": {"still": {"policy_run.pretrain.rate": 1e-9}},
        "models": {"proxy": {}, "larger": {"policy_run.all.change.inner": 96}},
        "seeds": [0],
        "steps": 3,
    },
}


@pytest.fixture
def searched(small, project, run_params):
    """Searches over rates of small models on a small snapshot; gives the figures."""
    Path("snapshots").mkdir()
    for place, target in (("snapshots/policy", small.snapshot), ("labels", small.labels)):
        shutil.copytree(target, place)
    shutil.copytree(small.network, "network")
    shutil.copy(small.split, "split.parquet")
    none = {"uid": pa.array([], pa.string()), "negative": pa.array([], pa.int32())}
    none |= {name: pa.array([], pa.string()) for name in ("kind", "caption")}
    tables.write(pa.table(none), Path("labels/negatives/negatives.parquet"), ("uid", "negative"))
    truth = {name: pa.array([], pa.string()) for name in ("uid", "noise", "of")}
    tables.write(pa.table(truth), Path("truth.parquet"), "of")
    for folder in ("curate", "train"):
        Path(folder).symlink_to(ROOT / folder)
    values = as_dict(run_params(validate=0, checkpoint=0, rate=1e-3))
    pretrain = {key: value for key, value in values.items() if key not in ("model", "seed")}
    own = {
        "all": {
            "change": {"inner": 48, **values["model"]["change"]},
            "objectives": {"mlm": None, "moc": None, "mrfr": None, "itm": None, "itc": {}},
        },
        "pretrain": pretrain,
        "conditions": {"policy": {"data": "policy"}},
        "tested": {"split": "test", "languages": ["en", "de"], "least": 2},
    }
    PIPELINE.parent.mkdir()
    told = {"vars": ["../params.yaml"], "stages": {"run": STAGE}}
    PIPELINE.write_text(yaml.safe_dump(told))

    def call(**changed):
        search = {**SEARCH, **changed}
        Path(PARAMS).write_text(yaml.safe_dump({"policy_run": own, "policy_search": search}))
        params = build(policy_search.PolicySearchParams, search, "policy_search")
        places = (PIPELINE, FIGURES, Path("room"), Path("study.log"), Path("policy.md"))
        return policy_search.main(*places, params, Path(PARAMS))

    return call


def experiments():
    """Name of each experiment of the room -> its parameters."""
    words = ["git", "for-each-ref", "--format=%(refname)", "refs/exps/*/*/*"]

    def git(*words):
        return subprocess.run(words, cwd="room", capture_output=True, text=True, check=True).stdout

    return {
        ref.rpartition("/")[2]: yaml.safe_load(git("git", "show", f"{ref}:params.yaml"))
        for ref in git(*words).split()
    }


@pytest.mark.slow
def test_a_search_looks_at_the_validation_split_and_its_check_at_the_test_split(searched):
    found = searched()
    ran = experiments()
    tried = {name: own for name, own in ran.items() if name.startswith("trial-")}
    checked = {name: own for name, own in ran.items() if name.startswith("check-")}
    splits = [
        {own["policy_run"]["tested"]["split"] for own in of.values()} for of in (tried, checked)
    ]
    assert splits == [{"validation"}, {"test"}]
    assert {own["policy_search"]["seed"] for own in tried.values()} == {5}
    assert {own["policy_search"]["seed"] for own in checked.values()} == {0}
    assert {own["policy_run"]["pretrain"]["steps"] for own in tried.values()} == {2, 4}
    assert {"check-proxy-still-0", "check-larger-still-0"} <= set(checked)
    inner = checked["check-larger-still-0"]["policy_run"]["all"]["change"]["inner"]
    assert inner == 96
    assert "policy_run.pretrain.steps=3" in found["winner"]["command"]
    assert set(found["check"]["models"]["larger"]) == set(found["check"]["models"]["proxy"])
    assert "## Does the ranking hold?" in Path("policy.md").read_text()
    again = searched(budget={"trials": 2, "cpu_seconds": 1e6})
    assert again["trials"] == found["trials"]  # known, none is run again


def test_a_seed_of_the_check_that_is_the_searchs_own_is_an_error(searched):
    with pytest.raises(ParamsError, match="5 is the search's own seed"):
        searched(check={**SEARCH["check"], "seeds": [4, 5]})


def test_a_space_of_a_parameter_that_is_not_there_is_an_error_before_anything_runs(searched):
    with pytest.raises(ParamsError, match=r"policy_search\.space\.policy_run\.pretrain\.rat: "):
        searched(space={"policy_run.pretrain.rat": {"kind": "switch"}})
    assert not Path("study.log").exists()


def test_two_searches_are_not_in_one_room(searched):
    Path("room").mkdir()
    with alone(Path("room"), Path("room")), pytest.raises(BusyError, match="writing room"):
        searched()
