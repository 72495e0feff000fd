from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import yaml

from curate import conditions, plant
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage.params import build
from tests.curate import _planted
from tests.curate._planted import OUT, SCORES

MADE = Path("data/decisions/made.parquet")
OURS = {"rules": {"size": {"column": "pairs.width", "at_least": 1}, "gone": None}}
ADDED = {"leaks": {"exclude_leaks": ["exact", "near"]}}
FROZEN = ["raw", "random", "ours"]


@pytest.fixture
def decided(project, write_set, cluster_address, monkeypatch):
    """Decides on a planted pool; gives the figures."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    _planted.scored(write_set)
    tables.write(record.DECISIONS.empty_table(), MADE, "uid", record.DECISIONS)
    Path("params.yaml").write_text(yaml.safe_dump({"filter": OURS}))
    Path("presets").mkdir()
    trusted = {"rules": {"trusted": {"column": "pairs.source", "equals": "trusted"}}}
    Path("presets/trust.yaml").write_text(yaml.safe_dump({"filter": trusted}))
    lacking = {"rules": {"clip": {"column": "clip_l14.similarity", "at_least": 0.3}}}
    Path("presets/far.yaml").write_text(yaml.safe_dump({"filter": lacking}))

    def call(**changed):
        values = {"add": ADDED, "others": {}, "frozen": FROZEN, **changed}
        params = build(conditions.ConditionsParams, values, "conditions")
        places = (MADE, Path("presets"), Path("params.yaml"), Path("out"))
        return conditions.main(OUT, SCORES, *places, params)

    return call


def kept(name):
    table = tables.read(Path(f"out/{name}/pool.parquet"), ["uid", "kept"])
    return set(table.filter(table.column("kept")).column("uid").to_pylist())


def test_each_condition_keeps_what_its_rules_keep_and_random_as_many_as_ours(decided):
    found = decided()["conditions"]
    assert set(found) == {"raw", "random", "ours", "trust"}
    everything = tables.read(OUT / plant.POOL / "pairs.parquet")
    assert kept("raw") == set(everything.column("uid").to_pylist())
    truth = tables.read(OUT / plant.TRUTH_FILE)
    leaked = truth.filter(pc.equal(truth.column("noise"), "leaked")).column("uid").to_pylist()
    assert leaked
    assert kept("ours") == kept("raw") - set(leaked)
    assert len(kept("random")) == len(kept("ours")) < len(kept("raw"))
    assert kept("random") != kept("ours")
    assert found["ours"]["kinds"]["leaked"] == found["ours"]["precision"] == 1.0
    assert found["ours"]["rules"]["leaks"]["dropped"] == len(leaked)
    assert found["ours"]["rules"]["size"]["dropped"] == 0
    decisions = tables.read(Path("out/ours/pool.parquet"), ["uid", "reason", "failed"]).to_pylist()
    reasons = {row["uid"]: row["reason"] for row in decisions if row["failed"]}
    assert reasons == dict.fromkeys(leaked, "leaks")
    assert found["trust"]["sources"]["crawled"] == 0


def test_what_is_held_out_is_in_every_condition(decided):
    decided()
    split = tables.read(OUT / plant.SPLIT).to_pydict()
    of = dict(zip(split["image"], split["split"], strict=True))
    pairs = tables.read(OUT / plant.POOL / "pairs.parquet", ["uid", "image"]).to_pylist()
    held_out = {pair["uid"] for pair in pairs if of[pair["image"]] != "train"}
    assert held_out
    for name in ("raw", "random", "ours", "ours_made", "trust"):
        assert held_out <= kept(name)


def test_ours_with_made_pairs_has_decisions_on_both(decided):
    row = {"uid": "m", "kept": True, "reason": "no_rule", "failed": [], "margins": []}
    tables.write(pa.Table.from_pylist([row], record.DECISIONS), MADE, "uid", record.DECISIONS)
    decided()
    assert kept("ours_made") == kept("ours")
    assert tables.read(Path("out/ours_made/made.parquet")).column("uid").to_pylist() == ["m"]


def test_a_preset_that_cannot_run_is_told_with_the_reason(decided):
    assert decided()["lacking"]["far"].startswith("no column 'clip_l14.similarity'")


def test_rules_of_ones_own_are_a_condition_unless_a_preset_has_the_name(decided):
    rules = {"none": {"column": "pairs.width", "at_least": 100_000}}
    assert decided(others={"nothing": rules})["conditions"]["nothing"]["kept"] == 0
    with pytest.raises(ParamsError, match=r"conditions\.others\.trust: a preset has that name"):
        decided(others={"trust": rules})
