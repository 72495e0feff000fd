from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from curate import plant, policy
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage.params import build
from tests.curate import _planted
from tests.curate._planted import OUT, SCORES

MADE = Path("made.parquet")
OURS = {"rules": {"wide": {"column": "pairs.width", "at_least": 100_000}, "gone": None}}
LEAKS = {"exclude_leaks": ["exact", "near"]}


@pytest.fixture
def decided(project, write_set, cluster_address, monkeypatch):
    """Decides on a planted pool by a policy; gives the figures."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    _planted.scored(write_set)
    row = {"uid": "m", "kept": True, "reason": "no_rule", "failed": [], "margins": []}
    tables.write(pa.Table.from_pylist([row], record.DECISIONS), MADE, "uid", record.DECISIONS)
    Path("params.yaml").write_text(yaml.safe_dump({"filter": OURS}))

    def call(**values):
        params = build(policy.PolicyParams, values, "policy")
        return policy.main(OUT, SCORES, MADE, Path("params.yaml"), Path("out"), params)

    return call


def kept():
    table = tables.read(Path("out/pool.parquet"), ["uid", "kept"])
    return set(table.filter(table.column("kept")).column("uid").to_pylist())


def test_a_policy_takes_the_place_of_our_rules_or_stands_beside_them(decided):
    assert decided()["kept"] == 0  # by ours, which drops all that is for training
    held_out = kept()
    assert decided(rules={"wide": None})["kept"] == decided(filter=False)["kept"] > 0
    everything = kept()
    assert held_out < everything
    found = decided(rules={"wide": None, "leaks": LEAKS})
    truth = tables.read(OUT / plant.TRUTH_FILE)
    leaked = truth.filter(pc.equal(truth.column("noise"), "leaked")).column("uid").to_pylist()
    assert leaked
    assert kept() == everything - set(leaked)
    assert found["rules"]["leaks"]["precision"] == found["kinds"]["leaked"] == 1.0


def test_a_policy_without_rules_keeps_all_and_made_pairs_where_it_says_so(decided):
    decided(filter=False, rules=None)
    assert kept() == set(tables.read(OUT / plant.POOL / "pairs.parquet").column("uid").to_pylist())
    assert not Path("out/made.parquet").exists()
    decided(filter=False, made=True)
    assert tables.read(Path("out/made.parquet")).column("uid").to_pylist() == ["m"]


def test_a_rule_that_is_none_is_an_error_that_names_it(decided):
    with pytest.raises(ParamsError, match=r"unknown parameter rules\.leaks\.exclude_leek"):
        decided(rules={"leaks": {"exclude_leek": ["near"]}})
