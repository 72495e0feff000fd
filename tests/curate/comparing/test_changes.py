from pathlib import Path

import pytest

from curate.comparing.changes import Changes, differences, said, unrun
from curate.comparing.version import Version


def version(lock, params=None):
    """A version of which only dvc.lock and params.yaml are of interest."""
    found = Version("v", Path("snapshot"), Path("data"), Path())
    found.__dict__.update(lock=lock, params=params)
    return found


def stage(outs, cmd="run", params=None, **deps):
    return {
        "cmd": cmd,
        "deps": [{"path": path.replace("__", "/"), "md5": md5} for path, md5 in deps.items()],
        "outs": [{"path": out, "md5": "-"} for out in outs],
        "params": {"params.yaml": params or {}},
    }


@pytest.fixture
def changes():
    """The network was trained anew by other code; what it scores is decided on by a new limit."""

    def lock(code, score, limit):
        return {
            "train": stage(["models/net"], network__code=code),
            "score@clip": stage(["data/scores/clip.parquet"], models__net=code),
            "filter": stage(["data/out"], data__scores=score, params={"filter": {"limit": limit}}),
        }

    return Changes(version(lock("1", "1", 0.1), {}), version(lock("2", "2", 0.2), {}))


def test_what_a_stage_ran_with_is_code_or_data_or_a_param(changes):
    found = {name: [(c.kind, c.name) for c in some] for name, some in changes.stages.items()}
    assert found == {
        "train": [("code", "network/code")],
        "score@clip": [("data", "models/net")],
        "filter": [("data", "data/scores"), ("param", "filter.limit")],
    }


def test_changes_are_followed_upstream_through_the_data_to_what_people_changed(changes):
    assert changes.behind("score@clip") == ["code network/code"]
    assert changes.behind("filter") == ["param filter.limit", "code network/code"]
    assert changes.behind("train") == ["code network/code"]
    assert changes.behind("unheard of") == []


def test_a_stage_that_is_new_gone_or_has_another_command_is_said_so():
    a = {"old": stage([]), "same": stage([], cmd="one")}
    b = {"new": stage([]), "same": stage([], cmd="two")}
    found = Changes(version(a, {}), version(b, {})).stages
    assert {name: (c.kind, c.name) for name, (c,) in found.items()} == {
        "old": ("stage", "is gone"),
        "new": ("stage", "is new"),
        "same": ("command", "cmd"),
    }


def test_without_a_lock_on_both_sides_stages_are_not_compared():
    found = Changes(version({}, {}), version({"new": stage([])}, {}))
    assert not found.known
    assert found.stages == {}


def test_every_key_that_differs_is_named_and_null_is_a_value():
    then = {"a": {"b": 1, "c": [1, 2]}, "off": None, "gone": {"x": 1}}
    now = {"a": {"b": 2, "c": [1, 2]}, "off": {"x": 1}, "new": True}
    assert [(k, said(x), said(y)) for k, x, y in differences(then, now)] == [
        ("a.b", "1", "2"),
        ("off", "null", "{x: 1}"),
        ("gone", "{x: 1}", "–"),
        ("new", "–", "true"),
    ]


def test_params_that_were_changed_since_what_the_snapshot_is_of_ran_are_named_and_no_others():
    rules = {"clip": {"at_least": 0.1}}
    lock = {
        "filter": stage(["data/decisions/pool.parquet"], params={"filter.rules": rules}),
        "snapshot": stage(["data/snapshot"], data__decisions="1"),
        "report": stage([], data__snapshot="1", params={"report": {"title": "old"}}),
    }
    params = {"filter": {"rules": {"clip": {"at_least": 0.2}}}, "report": {"title": "new"}}
    assert unrun(version(lock, params)) == ["filter.rules.clip.at_least"]
