import json

import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.stage.params import build
from train import influence

GROUPS = {"noise-clean": "cd", "noise-shuffled": "ab", "source-a": "abc", "source-b": "d"}
FORETOLD = {"noise-shuffled": -2.0, "source-a": -1.0, "source-b": 3.0}  # influence
RECALL = {"whole": 0.2, "noise-shuffled": 0.5, "source-a": 0.4, "source-b": 0.1}


@pytest.fixture
def weighed(tmp_path):
    """Writes what runs of two seeds told, and puts it together."""

    def write(name, told):
        file = tmp_path / "runs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told))

    def reached(recall, seed, steps=4):
        ways = {"recall_at_10": recall + seed / 10}
        both = {"image_retrieval": ways, "text_retrieval": ways}
        kinds = {"sources": {}, "parts": {}, "composition": {}}
        return {"budget": {"steps": steps, "pairs": 8}, "languages": {"en": both}, **kinds}

    def call(left_out=tuple(FORETOLD), seeds=(0, 1), without=(), steps=4):
        for seed in (0, 1):
            losses = {"a": [6.0, 5.0], "b": [5.0, 4.0], "c": [3.0, 2.0], "d": [2.0, 1.0]}
            rows = {"uid": list(losses), "steps": [[1, 2]] * 4, "itc_losses": list(losses.values())}
            tables.write(pa.table(rows), tmp_path / f"whole/{seed}/ledger.parquet", "uid")
            write(f"whole/{seed}.json", reached(RECALL["whole"], seed))
            traced = {
                group: {"influence": value, "adaptive": -value, "cosine": value / 9, "share": 0.2}
                for group, value in FORETOLD.items()
            }
            if "trace" not in without:
                write(f"trace/{seed}.json", {"groups": traced})
            for group in FORETOLD:
                write(f"left_out/{group}-group-{seed}.json", reached(RECALL[group], seed, steps))
                if (group, seed) not in without:
                    write(f"left_out/{group}-lot-{seed}.json", reached(0.3, seed))
        rows = [(group, uid) for group, uids in GROUPS.items() for uid in uids]
        columns = {"group": [group for group, _ in rows], "uid": [uid for _, uid in rows]}
        tables.write(pa.table(columns), tmp_path / "groups.parquet", ("group", "uid"))
        given = {"left_out": left_out, "seeds": seeds, "parts": 2}
        params = build(influence.InfluenceParams, given, "influence")
        runs, table = tmp_path / "runs", tmp_path / "influence.md"
        places = (tmp_path / "whole", runs / "trace", runs, tmp_path / "groups.parquet", table)
        return influence.main(*places, params), table.read_text()

    return call


def test_a_gain_is_what_is_reached_without_a_group_beyond_without_a_lot(weighed):
    found, said = weighed()
    one = found["left_out"]["noise-shuffled"]
    assert one["gain"]["mean"] == pytest.approx(20.0)
    assert (one["gain"]["low"], one["gain"]["high"]) == pytest.approx((20.0, 20.0))
    assert one["over_whole"]["mean"] == pytest.approx(30.0)
    assert one["lot_over_whole"]["mean"] == pytest.approx(10.0)
    assert "| noise-shuffled | 2 | +20.0 points (+20.0 to +20.0, 2 seeds): better |" in said
    assert found["missing"] == []


def test_what_harms_by_its_share_speaks_for_leaving_a_group_out(weighed):
    found, said = weighed()
    foretold = {group: one["foretold"] for group, one in found["left_out"].items()}
    assert foretold["noise-shuffled"]["influence"] == pytest.approx(2.0 * 0.2 / 0.8)
    assert foretold["source-b"]["adaptive"] == pytest.approx(3.0 * 0.2 / 0.8)
    assert found["groups"]["noise-shuffled"]["excess"] == pytest.approx(1.5)
    assert foretold["noise-shuffled"]["excess"] == pytest.approx(1.5 * 0.2 / 0.8)
    rho = {by: one["rho"] for by, one in found["correlation"].items()}
    assert rho == pytest.approx({"influence": 1.0, "adaptive": -1.0, "excess": 1.0})
    assert found["correlation"]["influence"]["groups"] == 3
    assert "- gradients, plain descent: +1.00 (p = 0.33, 3 groups)" in said


def test_p_is_the_share_of_all_orders_of_the_groups_that_agree_as_well():
    measured = {
        str(place): {"foretold": {"excess": 1.0 * place}, "gain": {"mean": 2.0 * place}}
        for place in range(5)
    }
    found = influence.correlation(measured, "excess")
    assert found == {"rho": pytest.approx(1.0), "p": pytest.approx(2 / 120), "groups": 5}


def test_the_ledger_tells_noise_and_how_groups_are_learnt(weighed):
    found, said = weighed()
    assert found["noise"] == {"all": 1.0, "shuffled": 1.0}
    assert found["groups"]["noise-shuffled"]["loss"] == [5.5, 4.5]
    assert "too few pairs" in next(line for line in said.splitlines() if "noise-clean" in line)


def test_few_groups_and_one_seed_are_told_as_such_and_missing_runs_by_name(weighed):
    found, said = weighed(left_out=("source-a", "source-b"), seeds=(0,), without=[("source-a", 0)])
    assert found["correlation"]["influence"] == {"rho": None, "p": None, "groups": 1}
    assert "1 groups are too few to tell" in said
    assert found["missing"] == ["source-a-lot-0"]
    assert found["left_out"]["source-a"]["gain"]["mean"] is None
    assert "-20.0 points, of one seed: no interval" in said


def test_runs_of_unlike_budgets_are_refused(weighed):
    with pytest.raises(DataError, match="were not trained alike"):
        weighed(steps=5)


def test_without_gradients_there_is_nothing_to_put_together(weighed):
    with pytest.raises(DataError, match=r"no figures of the seeds \(0, 1\); run `make influence`"):
        weighed(without=["trace"])
