"""New captions of pictures that there are: the bytes stay in the set where they lie."""

import tarfile

import pyarrow as pa
import pytest

from augment import make
from curate import damage, score, snapshot
from curate.dataset import record, sets, shards, tables
from curate.export import export
from curate.stage.params import build
from tests.augment._captions import label
from tests.curate.conftest import SNAPSHOT

SHAPES = [("square", "red"), ("circle", "blue"), ("circle", "black")]


@pytest.fixture
def told(project, write_set, drawn, packages, monkeypatch):
    """The paths of a project in which captions of three pictures were rewritten."""
    monkeypatch.setattr(
        make, "map_shards", lambda f, items, *args, **_: [f(i, *args) for i in items]
    )
    data = project.relative_to(project) / "data"
    rows = [(drawn(*shape), "en", f"A {shape[1]} {shape[0]}.") for shape in SHAPES]
    pool = write_set(data / "pool", rows)
    _decide(data / "decisions/pool.parquet", pool)
    images = [{"image": i, "split": "train", "group": i} for i in pool["image"].to_pylist()]
    split = pa.Table.from_pylist(images, record.SPLITS)
    tables.write(split, data / "split.parquet", "image", record.SPLITS)
    make.main(
        name="rewrite",
        pool=data / "pool",
        decisions=data / "decisions/pool.parquet",
        split=data / "split.parquet",
        packages=packages,
        out=data / "made/rewrite",
        params={"share": 1.0, "forms": {"existential": 1.0}},
        labels=label(pool, packages, data / "labels"),
    )
    made = tables.read(data / "made/rewrite" / sets.PAIRS_FILE)
    _decide(data / "decisions/made.parquet", made)
    return data


def _decide(file, pairs):
    ruled = {"kept": True, "reason": "all", "margin": None, "failed": [], "margins": []}
    rows = [{"uid": uid, **ruled} for uid in pairs["uid"].to_pylist()]
    tables.write(pa.Table.from_pylist(rows, record.DECISIONS), file, "uid", record.DECISIONS)


def frozen(data):
    snapshot.main(
        pool=data / "pool",
        made=data / "made",
        decisions=data / "decisions",
        labels=data / "labels",
        split=data / "split.parquet",
        out=data / "snapshot",
        params=build(snapshot.SnapshotParams, {**SNAPSHOT, "max_made": 1.0}, "snapshot"),
    )
    return tables.read(data / "snapshot" / record.MANIFEST_FILE)


def test_no_byte_is_written_again_and_the_pictures_are_found(told):
    assert not list((told / "made").rglob("*.tar"))
    pairs = sets.located([told / "made"])
    assert pairs.num_rows == len(SHAPES)
    assert set(pairs["set"].to_pylist()) == {(told / "pool").as_posix()}
    for row in pairs.to_pylist():
        with shards.ShardReader(row["set"]) as reader:
            data = reader.read(row["shard"], row["offset"], row["size"])
        assert record.image_name(data) == row["image"]
        assert row["uid"] == record.pair_uid(row["image"], "en", row["caption"])


def test_the_licence_of_another_parent_is_the_pairs_where_it_is_given(told):
    from augment.made import MadeCaption, Told
    from augment.pairing import told as pairs_of

    (parent, *_) = sets.located([told / "pool"]).to_pylist()
    captions = [
        MadeCaption(parent["uid"], "Quadrat", "de", {}, ("other",), "MIT"),
        MadeCaption(parent["uid"], "carré", "fr", {}),
    ]
    found = list(
        pairs_of("m", Told(parent["image"], captions), {parent["uid"]: parent}, told / "made/m")
    )
    assert [(pair["licence"], parents) for pair, parents in found] == [
        ("MIT", (parent["uid"], "other")),
        ("CC0-1.0", (parent["uid"],)),
    ]


@pytest.mark.parametrize("scorer", ["image", "caption"])
def test_they_are_scored_as_their_parents_are(told, scorer):
    for name in ("pool", "made"):
        score.main(scorer, told / name, told / f"{name}.parquet", {})
    scores = {name: tables.read(told / f"{name}.parquet") for name in ("pool", "made")}
    assert scores["made"].num_rows == scores["pool"].num_rows == len(SHAPES)
    if scorer == "image":
        columns = [c for c in scores["pool"].column_names if c not in ("uid",)]
        seen = {name: t.select(columns).sort_by(columns[0]) for name, t in scores.items()}
        assert seen["made"].equals(seen["pool"])


def test_a_snapshot_refers_to_the_pools_tars_and_holds_each_once(told):
    manifest = frozen(told)
    assert manifest.num_rows == 2 * len(SHAPES)
    assert set(manifest["set"].to_pylist()) == {(told / "pool").as_posix()}
    assert set(manifest["split"].to_pylist()) == {"train"}


def test_a_damaged_tar_of_the_pool_is_one_damaged_file(told):
    frozen(told)
    assert list(damage.find(told / "snapshot", told / "pool", told / "made", {})) == []
    (tar,) = (told / "pool").rglob("*.tar")
    data = bytearray(tar.read_bytes())
    data[tables.read(told / "pool/pairs.parquet")["offset"][0].as_py() + 50] ^= 1
    tar.write_bytes(data)
    (found,) = damage.find(told / "snapshot", told / "pool", told / "made", {})
    assert found.path == tar.as_posix()
    assert len(found.lost) == 1


def test_an_export_holds_the_new_captions_with_their_pictures(told):
    frozen(told)
    list(export(told / "snapshot", told / "out", "webdataset", [], 100))
    texts = []
    for file in (told / "out").rglob("*.tar"):
        with tarfile.open(file) as tar:
            names = [m.name for m in tar if m.name.endswith(".txt")]
            texts += [tar.extractfile(name).read().decode() for name in names]
    assert sorted(texts) == sorted(
        text
        for shape in SHAPES
        for text in (f"A {shape[1]} {shape[0]}.", f"There is a {shape[1]} {shape[0]}.")
    )
