"""A project under git and DVC, trained twice: what saw a pair is known of both times."""

import contextlib
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.history import History
from tests._versioned import call

STAGES = """
stages:
  pool:
    cmd: cp -r src/pool data/pool
    deps: [src/pool]
    outs: [data/pool]
  split:
    cmd: cp src/split.parquet data/split.parquet
    deps: [src/split.parquet]
    outs: [data/split.parquet]
  filter_network:
    cmd: mkdir -p models && cp -r data/pool models/filter_network
    deps: [data/pool, data/split.parquet]
    params: [filter_network]
    outs: [models/filter_network]
  snapshot:
    cmd: cp -r src/snapshot data/snapshot
    deps: [src/snapshot]
    outs: [data/snapshot]
  pretrain:
    cmd: cp -r data/snapshot models/imagebert
    deps: [data/snapshot, models/filter_network]
    outs: [models/imagebert]
"""


def put(uids, splits, name, parent=None):
    """Write what the stages read: pairs of one source each, their splits, a snapshot of them."""
    shutil.rmtree("src", ignore_errors=True)
    pairs = [{"uid": u, "image": f"i{u}", "source": "good" if u < "c" else "web"} for u in uids]
    tables.write(pa.Table.from_pylist(pairs), Path("src/pool/pairs.parquet"), "uid")
    rows = [{"image": f"i{u}", "split": s} for u, s in zip(uids, splits, strict=True)]
    tables.write(pa.Table.from_pylist(rows), Path("src/split.parquet"), "image")
    of = parent or {}
    rows = [{"uid": u, "split": s, "parent": of.get(u)} for u, s in zip(uids, splits, strict=True)]
    schema = pa.schema([(key, pa.string()) for key in ("uid", "split", "parent")])
    table = pa.Table.from_pylist(rows, schema)
    tables.write(table, Path("src/snapshot/manifest.parquet"), "uid")
    Path("src/snapshot/snapshot.json").write_text(f'{{"id": "{name}"}}')


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    with contextlib.chdir(folder):
        train_twice()
    return folder


@pytest.fixture
def trained(trained_once, project):
    """Snapshot `first` has a, b, c and d; `second`, which is in the workspace, c and d alone.

    A model's stage of the first depends on the snapshot's folder, of the second on its rows.
    """
    shutil.copytree(trained_once, project, dirs_exist_ok=True)
    return project


def train_twice():
    call("git", "init", "-q")
    call("dvc", "init", "-q")
    Path("params.yaml").write_text("filter_network: {sources: [good]}\n")
    Path("data").mkdir()
    for uids, splits, name in (
        ("abcd", ["train", "test", "train", "test"], "first"),
        ("cd", ["train", "test"], "second"),
    ):
        put(uids, splits, name)
        whole = (
            "[data/snapshot, models"
            if name == "first"
            else "[data/snapshot/manifest.parquet, models"
        )
        Path("dvc.yaml").write_text(STAGES.replace("[data/snapshot, models", whole))
        call("dvc", "repro", "-q")
        call("git", "add", "dvc.yaml", "dvc.lock", "params.yaml")
        call("git", "commit", "-qm", name)


def seen(*uids):
    """(output, snapshot, in the workspace, splits, learnt) of all that saw some pairs."""
    return {
        (one.what, one.data[:6], one.where == "workspace", *sorted(one.splits.items())): one.learnt
        for one in History(Path(), set(uids)).seen()
        if one.what != "models/filter_network"
    }


def network(*uids):
    found = History(Path(), set(uids)).seen()
    return [(o.where == "workspace", dict(o.splits), o.learnt) for o in found if "filter" in o.what]


def test_old_snapshots_and_models_that_saw_a_pair_are_named_with_what_they_saw(trained):
    assert seen("d") == {
        ("data/snapshot", "second", True, ("test", 1)): False,
        ("models/imagebert", "second", True, ("test", 1)): False,
        ("data/snapshot", "first", False, ("test", 1)): False,
        ("models/imagebert", "first", False, ("test", 1)): False,
    }
    assert seen("c") == {
        ("data/snapshot", "second", True, ("train", 1)): False,
        ("models/imagebert", "second", True, ("train", 1)): True,
        ("data/snapshot", "first", False, ("train", 1)): False,
        ("models/imagebert", "first", False, ("train", 1)): True,
    }
    assert seen("x") == {}


def test_a_filter_network_saw_trusted_pairs_and_who_starts_from_it_saw_them_too(trained):
    assert network("a") == [(False, {"train": 1}, True)]
    assert network("c") == []  # of no source that is trusted
    assert network("b") == [(False, {"test": 1}, False)]
    whole = {one.what: one for one in History(Path(), {"a"}).seen()}
    assert whole["models/imagebert"].through == "models/filter_network"


def test_what_the_cache_has_no_more_is_not_guessed(trained):
    call("dvc", "gc", "--workspace", "--force", "-q")
    found = History(Path(), {"a"}).seen()
    assert {one.where == "workspace" for one in found} == {False}
    assert {one.splits for one in found} == {None}


def test_a_snapshot_that_no_lock_names_is_seen_on_disk(project):
    put("ab", ["train", "test"], "alone")
    shutil.copytree("src/snapshot", "data/snapshot")
    found = History(project, {"a"}).seen()
    assert [(one.what, one.data, dict(one.splits)) for one in found] == [
        ("data/snapshot", "alone", {"train": 1})
    ]


def test_a_project_that_is_under_neither_git_nor_dvc_has_seen_nothing(project):
    assert History(project, {"a"}).seen() == []


def test_a_copy_with_a_lock_and_without_dvc_tells_what_it_holds_and_guesses_nothing(trained):
    shutil.rmtree(".dvc")
    shutil.rmtree(".git")
    first, *others = History(Path(), {"c"}).seen()
    assert (first.what, dict(first.splits)) == ("data/snapshot", {"train": 1})
    assert {one.splits for one in others} == {None}


def test_a_snapshot_knows_itself_what_was_made_of_a_pair_by_its_table_or_else_its_manifest(project):
    put("abm", ["train", "train", "train"], "alone", {"m": "a"})
    shutil.copytree("src/snapshot", "data/snapshot")
    assert [dict(one.splits) for one in History(project, {"a"}).seen()] == [{"train": 2}]
    assert [dict(one.splits) for one in History(project, {"b"}).seen()] == [{"train": 1}]
    rows = [{"uid": "m", "parent": p, "position": n} for n, p in enumerate("ab")]
    table = pa.Table.from_pylist(rows, record.PARENTS)
    tables.write(table, Path("data/snapshot/parents.parquet"), ["uid", "position"])
    assert [dict(one.splits) for one in History(project, {"b"}).seen()] == [{"train": 2}]
