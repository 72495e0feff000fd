import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import DataError, EmptySetError, ParamsError
from curate.stage.params import as_dict, build
from train import compare_data, leave_out, trace_influence

SNAPSHOTS, GROUPS, TRUTH = Path("snapshots"), Path("groups.parquet"), Path("truth.parquet")
FALSE, TRUE = "noise-shuffled", "noise-clean"


@pytest.fixture
def planted(small, project):
    """A snapshot half of whose training captions are exchanged among themselves, by language."""
    shutil.copytree(small.snapshot, SNAPSHOTS / "all")
    manifest = tables.read(SNAPSHOTS / "all" / record.MANIFEST_FILE)
    rows, groups = manifest.sort_by("uid").to_pylist(), []
    train = [row for row in rows if row["split"] == "train"]
    for tag in ("en", "de"):
        own = [row for row in train if row["lang"] == tag]
        false, true = own[: len(own) // 2], own[len(own) // 2 :]
        captions = [row["caption"] for row in false]
        for row, caption in zip(false, captions[5:] + captions[:5], strict=True):
            row["caption"] = caption
        groups += [(FALSE, row["uid"]) for row in false] + [(TRUE, row["uid"]) for row in true]
    groups.append(("gone", "no such pair"))
    table = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(table, SNAPSHOTS / "all" / record.MANIFEST_FILE, "uid", record.MANIFEST)
    columns = {"group": [name for name, _ in groups], "uid": [uid for _, uid in groups]}
    tables.write(pa.table(columns), GROUPS, ("group", "uid"))
    nothing = {name: pa.array([], pa.string()) for name in ("uid", "noise", "of")}
    tables.write(pa.table(nothing), TRUTH, "uid")
    shutil.copytree(small.labels, "labels")
    none = {"uid": pa.array([], pa.string()), "negative": pa.array([], pa.int32())}
    none |= {name: pa.array([], pa.string()) for name in ("kind", "caption")}
    negatives = Path("labels/negatives/negatives.parquet")
    tables.write(pa.table(none), negatives, ("uid", "negative"))
    return {uid: group for group, uid in groups}


@pytest.fixture
def params(run_params):
    """Makes the section compare_data of a small model that learns by contrast."""

    def make(**changed):
        values = as_dict(run_params(validate=0, checkpoint=0, **changed))
        objectives = {"mlm": None, "moc": None, "mrfr": None, "itm": None, "itc": {}}
        values["sampling"] |= {"negatives": 0.0, "hard": 0.0, "twins": 0.0}
        given = {
            "all": {"change": values["model"]["change"], "objectives": objectives},
            "pretrain": {k: v for k, v in values.items() if k not in ("model", "seed")},
            "conditions": {"raw": {"data": "all"}},
            "tested": {"languages": ["en", "de"], "least": 2},
        }
        return build(compare_data.CompareDataParams, given, "compare_data")

    return make


@pytest.fixture
def left(small, planted, params):
    """Trains without a group, or a lot; gives figures, and the uids that the run saw."""

    def call(group, drop, seed=0):
        out = Path(f"out/{group}-{drop}-{seed}")
        places = (GROUPS, SNAPSHOTS, TRUTH, Path("labels"), small.network, out, Path("logs"))
        found = leave_out.main(group, drop, seed, "raw", *places, params(), split=small.split)
        assert [file.name for file in out.iterdir()] == ["ledger.parquet"]
        ledger = tables.read(out / "ledger.parquet", ["uid", "seen"])
        return found, ledger.filter(pc.greater(ledger.column("seen"), 0))["uid"].to_pylist()

    return call


def test_what_is_left_out_was_never_seen_and_the_budget_is_that_of_all(planted, left):
    false = {uid for uid, group in planted.items() if group == FALSE}
    before = (SNAPSHOTS / "all" / record.MANIFEST_FILE).read_bytes()
    found, seen = left(FALSE, "group")
    assert found["left_out"] == len(false) == 30
    assert found["pairs"] == 60 - 30
    assert seen
    assert not set(seen) & false
    assert found["budget"] == {"steps": 6, "pairs": 48}
    assert (SNAPSHOTS / "all" / record.MANIFEST_FILE).read_bytes() == before
    assert [path.name for path in SNAPSHOTS.iterdir()] == ["all"]


def test_the_control_does_without_as_many_by_lot_that_the_seed_draws(planted, left):
    found, seen = left(FALSE, "lot")
    assert (found["left_out"], found["pairs"]) == (30, 30)
    assert {planted[uid] for uid in seen} == {TRUE, FALSE}
    own = {uid for uid, group in planted.items() if group == FALSE}
    learnt = sorted(uid for uid, group in planted.items() if group != "gone")
    lots = [leave_out.left_out(FALSE, "lot", own, learnt, seed) for seed in (0, 0, 1)]
    assert lots[0] == lots[1]
    assert set(lots[0]) != set(lots[2])
    assert not set(lots[0]) & set(seen)


def test_unknown_and_empty_groups_and_other_words_are_errors_that_say_so(planted, left):
    with pytest.raises(ParamsError, match=r"no group 'noise-blank' \(known: gone, noise-clean"):
        left("noise-blank", "group")
    with pytest.raises(EmptySetError, match="none of the 60 training pairs is of the group 'gone'"):
        left("gone", "group")
    with pytest.raises(ParamsError, match="--drop half: it is group or lot"):
        left(FALSE, "half")


@pytest.fixture
def whole(small, planted, params):
    """Trains a model on all pairs; gives what traces influence through the run."""

    def call(keep=5, **changed):
        places = (SNAPSHOTS, TRUTH, Path("labels"), small.network, Path("whole"), Path("logs"))
        budget = params(steps=20, batch=20, rate=3e-3, precision="fp32")
        compare_data.main("raw", 0, *places, budget, split=small.split, keep=keep)
        given = {"own": 10, "languages": ["en", "de"], "sources": ["drawn"], **changed}
        wanted = build(trace_influence.TraceInfluenceParams, given, "trace_influence")
        inputs = (Path("whole"), SNAPSHOTS / "all", Path("labels"), GROUPS)
        return trace_influence.main(*inputs, wanted, split=small.split)

    return call


def test_pairs_with_captions_of_others_have_less_influence_than_true_ones(whole):
    found = whole()
    assert found["states"] == [5, 10, 15]
    assert found["held_out"] == {"en": 6, "de": 6}
    assert found["too_few"] == ["gone"]
    assert set(found["groups"]) == {FALSE, TRUE}
    for figure in ("influence", "adaptive", "cosine"):
        assert found["groups"][FALSE][figure] < 0 < found["groups"][TRUE][figure]
    assert sum(one["share"] for one in found["groups"].values()) == pytest.approx(1)
    params = json.loads(Path("whole/card.json").read_text())["params"]
    assert (params["steps"], params["keep"]) == (20, 5)


def test_a_run_without_states_and_sources_that_nothing_is_of_are_errors(whole):
    with pytest.raises(EmptySetError, match="0 validation pairs of photographed are told in 'en'"):
        whole(sources=["photographed"])
    with pytest.raises(DataError, match=r"whole keeps no states of its run; .* --keep"):
        whole(keep=0)
