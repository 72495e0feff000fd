import shutil

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import labels, record, tables
from curate.dataset.errors import DataError, EmptySetError
from train import corpus


@pytest.fixture
def copied(small, tmp_path):
    """The small project, fit to be changed."""
    for name, folder in (("snapshot", small.snapshot), ("labels", small.labels)):
        shutil.copytree(folder, tmp_path / name)
    return tmp_path


def load(folder, words, split="train", regions=4):
    return corpus.load(folder / "snapshot", folder / "labels", split, words, 16, regions)


def keep(folder, wanted):
    """Leave of the tables of regions the rows that are wanted."""
    for file in (folder / "labels/regions").glob("*.parquet"):
        table = tables.read(file)
        if "image" in table.column_names:
            rows = [row for row in table.to_pylist() if wanted(row)]
            key = [c for c in ("image", "region") if c in table.column_names]
            tables.write(pa.Table.from_pylist(rows, table.schema), file, key)


def change(folder, edit):
    file = folder / "snapshot/manifest.parquet"
    rows = edit(tables.read(file).to_pylist())
    tables.write(pa.Table.from_pylist(rows, record.MANIFEST), file, "uid", record.MANIFEST)


def test_only_pairs_of_the_split_are_read(small, words):
    manifest = tables.read(small.snapshot / "manifest.parquet")
    for split in ("train", "validation", "test"):
        wanted = tables.rows_with(manifest, "split", [split]).column("uid").to_pylist()
        found = corpus.load(small.snapshot, small.labels, split, words, 16, 4)
        assert found.uids == sorted(wanted)


def test_each_pair_stands_beside_the_regions_of_its_own_picture(small, pairs):
    regions = labels.of_folder(small.labels / "regions", "regions").to_pylist()
    seen = labels.of_folder(small.labels / "regions", "features").to_pylist()
    by_key = {(row["image"], row["region"]): row["feature"] for row in seen}
    rows = [row | {"feature": by_key[row["image"], row["region"]]} for row in regions]
    by_image = {}
    for row in rows:
        by_image.setdefault(row["image"], []).append(row)
    manifest = tables.read(small.snapshot / "manifest.parquet")
    image_of = {r["uid"]: r["image"] for r in manifest.to_pylist()}
    for row in (0, 7, len(pairs) - 1):
        wanted = by_image[image_of[pairs.uids[row]]]
        at = pairs.image[row]
        assert pairs.regions.labels[at].tolist() == [r["label"] for r in wanted]
        features = np.array([r["feature"] for r in wanted], np.float16)
        assert np.array_equal(pairs.regions.features[at], features)
        assert pairs.regions.boxes[at, 1].tolist() == [0.5, 0.0, 1.0, 0.5]


def test_pictures_with_fewer_regions_are_padded_and_the_rest_is_marked_absent(copied, words):
    first = tables.read(copied / "labels/regions/regions.parquet").column("image")[0].as_py()
    keep(copied, lambda row: row["image"] != first or row.get("region", 0) < 1)
    change(copied, lambda found: [{**r, "split": "train"} for r in found])
    regions = load(copied, words).regions
    at = regions.names.to_pylist().index(first)
    assert regions.present[at].tolist() == [True, False, False, False]
    assert regions.labels[at].tolist()[1:] == [-1, -1, -1]
    assert not regions.features[at, 1:].any()
    assert regions.present[np.arange(len(regions.names)) != at].all()


def test_no_more_regions_are_read_than_the_plan_has_places_for(copied, words):
    assert load(copied, words, regions=3).regions.features.shape[1] == 3


def test_a_made_pair_is_of_the_family_of_the_picture_it_goes_back_to(copied, words):
    def edit(rows):
        train = [r for r in rows if r["split"] == "train" and r["lang"] == "en"]
        child = {**train[1], "parent": train[0]["uid"]}
        grandchild = {**train[2], "parent": train[1]["uid"]}
        kept = [r for r in rows if r["uid"] not in (child["uid"], grandchild["uid"])]
        return [*kept, child, grandchild]

    train = [
        r
        for r in tables.read(copied / "snapshot/manifest.parquet").to_pylist()
        if r["split"] == "train" and r["lang"] == "en"
    ]
    change(copied, edit)
    found = load(copied, words)
    rows = [found.uids.index(train[i]["uid"]) for i in range(3)]
    assert len(set(found.family[rows, 0])) == 1
    others = np.delete(found.family[:, 0], rows)
    assert found.family[found.uids.index(train[3]["uid"]), 0] not in found.family[rows, 0]
    assert len(set(others)) == len(set(found.image))  # the German pairs were not made from another


def test_a_pair_made_from_several_is_related_to_each_but_they_are_not_to_each_other(copied, words):
    file = copied / "snapshot/manifest.parquet"
    rows = tables.read(file).to_pylist()
    uids = [row["uid"] for row in rows if row["split"] == "train" and row["lang"] == "en"]
    one, two, three, made, child = uids[:5]
    parent = {made: one, child: made}
    change(copied, lambda found: [{**r, "parent": parent.get(r["uid"])} for r in found])
    named = [(made, one, 0), (made, two, 1), (child, made, 0)]
    table = [dict(zip(record.PARENTS.names, row, strict=True)) for row in named]
    table = pa.Table.from_pylist(table, record.PARENTS)
    tables.write(table, copied / "snapshot/parents.parquet", ["uid", "position"])
    found = load(copied, words)
    at = {uid: np.array([found.uids.index(uid)]) for uid in uids[:5]}

    def related(left, right):
        assert found.related(at[left], at[right]) == found.related(at[right], at[left])
        return bool(found.related(at[left], at[right])[0])

    assert [related(child, uid) for uid in (one, two, made, three)] == [True, True, True, False]
    assert not related(one, two)
    assert related(three, three)


def test_captions_that_differ_in_case_alone_are_one_wording(copied, words):
    def edit(rows):
        train = [r for r in rows if r["split"] == "train"]
        train[1]["caption"] = train[0]["caption"].upper()
        return rows

    change(copied, edit)
    found = load(copied, words)
    assert len(set(found.wording)) == len(found) - 1


def test_a_pair_whose_picture_has_no_regions_is_dropped_and_counted(copied, words):
    manifest = tables.read(copied / "snapshot/manifest.parquet")
    train = tables.rows_with(manifest, "split", ["train"]).column("image")[0].as_py()
    keep(copied, lambda row: row["image"] != train)
    assert load(copied, words).dropped == 2


def test_an_empty_split_says_what_the_snapshot_has(copied, words):
    change(copied, lambda rows: [r for r in rows if r["split"] != "test"])
    with pytest.raises(EmptySetError, match=r"no test pair with regions.*'train'"):
        load(copied, words, "test")


def test_features_of_different_lengths_are_refused(copied, words):
    file = next((copied / "labels/regions").glob("features-*.parquet"))
    table = tables.read(file)
    rows = table.to_pylist()
    rows[0]["feature"] = rows[0]["feature"][:-1]
    tables.write(pa.Table.from_pylist(rows, table.schema), file, ("image", "region"))
    change(copied, lambda found: [{**r, "split": "train"} for r in found])
    with pytest.raises(DataError, match="equally long"):
        load(copied, words)


def test_what_tasks_know_of_the_words_is_told_by_one_reading_of_the_captions(pairs, words):
    assert pairs.spans() is pairs.spans()
    found = words.spans(pairs.captions, 16)
    for one, other in zip(pairs.spans(), found, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(pairs.spans().starts, pairs.tokens.starts)
