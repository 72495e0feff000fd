import json

import pyarrow as pa
import pytest

from augment import make
from augment.made import Batch, Context, Made
from augment.methods import photometric
from curate.dataset import marks, pixels, record, sets, shards, tables
from curate.dataset.errors import (
    BusyError,
    EmptySetError,
    ParamsError,
    PluginError,
    RejectsError,
)
from curate.stage.alone import alone

SPEC = {
    "share": 1.0,
    "transforms": {
        "HorizontalFlip": {"p": 0.5},
        "SafeRotate": {"p": 0.5, "limit": [-8.0, 8.0]},
        "GaussNoise": {"p": 0.5, "std_range": [0.01, 0.05]},
    },
}
COLOURS = ("red", "green", "blue", "orange", "purple", "brown", "pink", "gold")


@pytest.fixture
def in_process(monkeypatch):
    """The stage without a dask cluster, for tests of what it makes and not of where."""
    monkeypatch.setattr(make, "map_shards", serial)


def serial(function, items, *args, **_):
    return [function(item, *args) for item in items]


@pytest.fixture
def pool(project, write_set, drawn):
    """A pool of 24 pictures with two captions each; all kept, all in the split train."""
    rows = []
    for shape in ("square", "circle", "triangle"):
        for colour in COLOURS:
            data = drawn(shape, colour)
            rows += [(data, "en", f"a {colour} {shape}"), (data, "de", f"Figur in {colour}")]
    return write_set(project / "pool", rows)


def judge(project, pairs, kept=None, split=None):
    """Write decisions and splits: functions of a row, or everything kept and in train."""
    rows = pairs.to_pylist()
    decisions = [
        {
            "uid": r["uid"],
            "kept": kept is None or kept(r),
            "reason": "r",
            "margin": 1.0,
            "failed": [],
        }
        for r in rows
    ]
    images = {r["image"]: split(r) if split else "train" for r in rows}
    splits = [{"image": i, "split": s, "group": i} for i, s in images.items()]
    write = tables.write
    write(pa.Table.from_pylist(decisions, record.DECISIONS), project / "kept.parquet", "uid")
    write(pa.Table.from_pylist(splits, record.SPLITS), project / "split.parquet", "image")


def run(project, out="made", spec=SPEC, name="photometric", **more):
    return make.main(
        name=name,
        pool=project.relative_to(project) / "pool",
        decisions=project / "kept.parquet",
        split=project / "split.parquet",
        packages=project / "packages",
        out=project / out,
        params=spec,
        **more,
    )


def made_pairs(project, out="made"):
    return tables.read(project / out / sets.PAIRS_FILE)


def files(folder):
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def test_made_pairs_are_a_set_with_parent_recipe_and_the_parents_licence(project, pool, in_process):
    judge(project, pool)
    figures = run(project)
    pairs = made_pairs(project)
    assert pairs.schema == record.PAIRS
    assert pairs.num_rows == figures["made"] == 48
    assert figures["pictures"]["made"] == figures["pictures"]["chosen"] == 24
    parents = {row["uid"]: row for row in pool.to_pylist()}
    with shards.ShardReader(project / "made") as reader:
        for row in pairs.to_pylist():
            parent = parents[row["parent"]]
            inherited = ("lang", "url", "page", "licence")
            assert [row[c] for c in inherited] == [parent[c] for c in inherited]
            assert row["source"] == "photometric"
            data = reader.read(row["shard"], row["offset"], row["size"])
            assert record.image_name(data) == row["image"]
            assert pixels.probe(data) == ("jpg", row["width"], row["height"])
            mark = marks.Mark(marks.EDITED, "photometric", [parent["image"]])
            assert marks.read(data) == mark


def test_a_second_run_leaves_what_another_is_making(project, pool, in_process):
    judge(project, pool)
    run(project)
    before = files(project / "made")
    with (
        alone(project / "made", project / "made"),
        pytest.raises(BusyError, match=r"another run is writing .*made; let it end first"),
    ):
        run(project)
    assert files(project / "made") == before
    run(project)
    assert files(project / "made") == before


def test_a_made_picture_is_made_again_from_the_set_alone(project, pool, in_process):
    judge(project, pool)
    run(project)
    parents = {row["uid"]: row for row in pool.to_pylist()}
    nowhere = Context(project / "none", project / "none", None, None)
    with shards.ShardReader(project / "pool") as reader:
        for row in made_pairs(project).to_pylist():
            parent = parents[row["parent"]]
            assert json.loads(row["recipe"])["image"] == parent["image"]
            data = reader.read(parent["shard"], parent["offset"], parent["size"])
            again = photometric.remake(json.loads(row["recipe"]), [data], nowhere)
            assert record.image_name(again) == row["image"]


def test_of_a_picture_that_was_blurred_the_blurred_one_is_what_is_made_from(
    project, pool, write_set, drawn, in_process
):
    judge(project, pool)
    first = pool.to_pylist()[0]
    shown = [row for row in pool.to_pylist() if row["image"] == first["image"]]
    (clear,) = write_set(project / "clear", [(drawn("square", "grey"), "en", "")]).to_pylist()
    place = {key: clear[key] for key in ("image", "shard", "offset", "size")}
    recipe = json.dumps({"blurred": {"image": first["image"]}}, separators=(",", ":"))
    rows = pa.Table.from_pylist([{**r, **place, "recipe": recipe} for r in shown], record.PAIRS)
    tables.write(rows, project / "clear" / sets.PAIRS_FILE, "uid", record.PAIRS)
    run(project, blurred=project / "clear")
    found = {r["parent"]: json.loads(r["recipe"])["image"] for r in made_pairs(project).to_pylist()}
    assert {found[row["uid"]] for row in shown} == {clear["image"]}
    assert first["image"] not in found.values()


def test_a_method_that_leaves_its_pictures_unmarked_is_stopped(
    project, pool, in_process, drawn, monkeypatch
):
    judge(project, pool)
    bare = Made(drawn("circle", "red"), "png", 96, 96, [])
    monkeypatch.setattr(photometric, "make", lambda *_: Batch(made=[bare]))
    with pytest.raises(AssertionError, match="photometric leaves its pictures without a mark"):
        run(project)


def test_a_pair_that_is_refused_twice_in_the_same_words_is_told_of_once(
    project, pool, in_process, monkeypatch
):
    judge(project, pool)

    def refuse(rows, *_):
        return Batch(rejected=2 * [(rows["uid"][0].as_py(), "dull", "by both candidates")])

    monkeypatch.setattr(photometric, "make", refuse)
    figures = run(project, spec={**SPEC, "per_shard": 10_000})
    rejected = tables.read(project / "made" / sets.REJECTED_FILE)
    assert figures["rejected"] == {"dull": rejected.num_rows}
    assert len(set(rejected["item"].to_pylist())) == rejected.num_rows


def test_only_kept_pairs_of_the_split_train_become_parents(project, pool, in_process):
    judge(
        project,
        pool,
        kept=lambda row: row["lang"] == "en",
        split=lambda row: "test" if row["image"] < "8" else "train",
    )
    run(project)
    expected = [r["uid"] for r in pool.to_pylist() if r["lang"] == "en" and r["image"] >= "8"]
    assert sorted(made_pairs(project)["parent"].to_pylist()) == expected
    assert 0 < len(expected) < 24


def test_dask_workers_give_the_same_bytes_as_one_process(project, pool, monkeypatch):
    judge(project, pool)
    spec = {**SPEC, "per_shard": 4}
    run(project, "on_workers", spec)
    monkeypatch.setattr(
        make, "map_shards", lambda f, items, *args, **_: [f(i, *args) for i in items]
    )
    run(project, "in_process", spec)
    assert files(project / "on_workers") == files(project / "in_process")
    assert len(list((project / "on_workers/images").glob("*.tar"))) > 1


def test_more_pictures_leave_what_was_made_of_the_others(project, pool, in_process):
    spec = {**SPEC, "share": 0.6}
    judge(project, pool)
    run(project, "all", spec)
    judge(project, pool, kept=lambda row: row["image"] < "a")
    run(project, "some", spec)
    columns = ["uid", "image", "caption", "parent", "recipe"]
    everything = made_pairs(project, "all").select(columns).to_pylist()
    some = made_pairs(project, "some").select(columns).to_pylist()
    images = {r["uid"]: r["image"] for r in pool.to_pylist()}
    assert some == [row for row in everything if images[row["parent"]] < "a"]
    assert 0 < len(some) < len(everything) < 48


def test_a_second_run_leaves_nothing_of_the_first(project, pool, in_process):
    judge(project, pool)
    run(project, spec={**SPEC, "share": 0.5})
    (project / "made/facts.parquet").write_bytes(b"of a method that knew facts")
    run(project)
    run(project, "fresh")
    assert files(project / "made") == files(project / "fresh")


def test_a_share_of_nothing_is_an_empty_set(project, pool, in_process):
    judge(project, pool)
    assert run(project, spec={**SPEC, "share": 0.0})["made"] == 0
    assert made_pairs(project).schema == record.PAIRS


def test_figures_count_transforms_and_what_was_forbidden_by_reason(project, pool, in_process):
    judge(project, pool)
    spec = {"share": 1.0, "transforms": {**SPEC["transforms"], "ToGray": {"p": 1.0}}}
    figures = run(project, spec=spec)
    assert figures["forbidden"] == {"ToGray": {"colour": 24}}
    recipes = [json.loads(text) for text in made_pairs(project)["recipe"].to_pylist()]
    flips = sum(s["name"] == "HorizontalFlip" for r in recipes for s in r["transforms"])
    assert figures["transforms"]["HorizontalFlip"] == flips / 2 > 0
    assert figures["languages"] == {"de": 24, "en": 24}


def test_unusable_pictures_are_rejected_and_too_many_stop_the_stage(
    project, write_set, drawn, in_process
):
    rows = [(drawn("square", c), "en", f"a {c} square") for c in COLOURS]
    table = write_set(project / "pool", [*rows, (drawn("square", "red", 7), "en", "a dot")])
    judge(project, table)
    assert run(project, spec={**SPEC, "max_rejected": 0.2})["rejected"] == {"unusable picture": 1}
    (row,) = tables.read(project / "made" / sets.REJECTED_FILE).to_pylist()
    assert row["source"] == "photometric"
    assert row["item"] in table["uid"].to_pylist()
    with pytest.raises(RejectsError, match="1 of 9 chosen pictures"):
        run(project, spec={**SPEC, "max_rejected": 0.1})


def test_nothing_to_make_from_is_an_error(project, pool, in_process):
    judge(project, pool, split=lambda _: "test")
    with pytest.raises(EmptySetError, match="none of 48 kept pairs is in the split train"):
        run(project)


def test_an_unknown_method_and_an_unknown_key_name_the_known_ones(project, pool):
    judge(project, pool)
    with pytest.raises(PluginError, match="photometric"):
        run(project, name="photometrics")
    with pytest.raises(ParamsError, match="did you mean 'share'"):
        run(project, spec={**SPEC, "shar": 1})
