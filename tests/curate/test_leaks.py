import json
from pathlib import Path

import pytest

from curate import filter as deciding
from curate import score
from curate.dataset import tables

REGISTER = {"drawings": {"path": "eval", "captions": "eval.txt", "version": "3"}}
SCORERS = {
    "leakage": {"sets": REGISTER, "distance": 0, "alike": 1.0},
    "leakage_caption": {"sets": REGISTER, "words": 3},
}


@pytest.fixture
def scored(drawn_project, drawn):
    """A project whose evaluation set holds the red circle and a caption of the blue one."""
    Path("eval").mkdir()
    Path("eval/held.png").write_bytes(drawn_project.draw("circle", "red"))
    Path("eval.txt").write_text(f"{drawn_project.circles['blue']['caption'].upper()}!\n")
    for name, params in SCORERS.items():
        score.main(name, Path("data/pool"), Path(f"data/scores/{name}.parquet"), params)
    return drawn_project


def document():
    return json.loads(Path("data/snapshot/snapshot.json").read_text())


def leakage():
    return json.loads(Path("data/snapshot/leakage.json").read_text())


def test_a_snapshot_records_the_sets_and_the_pairs_that_leak(scored):
    before = scored.freeze()
    scored.freeze(scores=Path("data/scores"))
    told = leakage()
    assert [(s["name"], s["version"], s["scorer"]) for s in told["sets"]] == [
        ("drawings", "3", "leakage"),
        ("drawings", "3", "leakage_caption"),
    ]
    leaks = {
        row["uid"]: row for row in tables.read(Path("data/snapshot/leaks.parquet")).to_pylist()
    }
    red = leaks[scored.circles["red"]["uid"]]
    assert (red["of"], red["item"], red["kind"], red["distance"]) == (
        "drawings",
        "held.png",
        "exact",
        0,
    )
    blue = leaks[scored.circles["blue"]["uid"]]
    assert (blue["item"], blue["kind"], blue["scorer"]) == ("line 1", "caption", "leakage_caption")
    by_split = {}
    for row in leaks.values():
        by_split[row["split"]] = by_split.get(row["split"], 0) + 1
    assert {s: c["pairs"] for s, c in told["splits"].items() if c["pairs"]} == by_split
    assert document()["id"] == before["id"]  # what is known of leaks is no part of the content


def test_where_no_set_was_looked_for_none_is_recorded(scored):
    scored.freeze(scores=Path("data/scores"))
    scored.freeze()
    assert leakage() == {}
    assert not Path("data/snapshot/leaks.parquet").exists()


def test_what_the_rule_drops_does_not_leak(scored):
    ways = ["exact", "near", "mirrored", "cropped", "holding", "caption"]
    params = deciding.FilterParams(rules={"leaks": {"exclude_leaks": ways}})
    out = Path("data/decisions/pool.parquet")
    deciding.main(Path("data/pool"), Path("data/scores"), out, params)
    scored.freeze(scores=Path("data/scores"), max_rejected=1.0)
    told = leakage()
    assert {split: counts["pairs"] for split, counts in told["splits"].items()} == dict.fromkeys(
        told["splits"], 0
    )
    assert told["examples"] == []
