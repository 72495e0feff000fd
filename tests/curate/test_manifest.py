import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest

from curate import manifest
from curate.dataset import parents, record, sets, tables
from curate.dataset.errors import DataError


def test_what_is_made_from_a_held_out_picture_is_refused(drawn_project):
    uids = {colour: pair["uid"] for colour, pair in drawn_project.circles.items()}
    shapes = [
        ("square", "gold", "its parent is for validation", uids["gold"]),
        ("square", "black", "its parent was dropped", uids["black"]),
        ("circle", "navy", "its picture is for testing", uids["red"]),
        ("square", "red", "nothing is wrong with it", uids["red"]),
    ]
    made = {row["uid"]: row["caption"] for row in drawn_project.write_made(shapes)}
    facts = drawn_project.freeze()
    assert {made[r["item"]]: r["reason"] for r in drawn_project.refused()} == {
        "its parent is for validation": "parent not in train",
        "its parent was dropped": "parent not kept",
        "its picture is for testing": "image held out",
    }
    assert (facts["made"], facts["rejected"]) == (1, 3)


def test_what_is_made_from_a_made_pair_follows_its_line(drawn_project):
    red = drawn_project.circles["red"]["uid"]
    first = ("square", "red", "a red square", red)
    parent = drawn_project.write_made([first])[0]["uid"]
    second = ("triangle", "red", "a red triangle", parent)
    drawn_project.write_made([first, second])
    assert drawn_project.freeze()["made"] == 2
    drawn_project.write_splits(lambda row: {**row, "split": "test"})
    drawn_project.freeze()
    assert [r["reason"] for r in drawn_project.refused()] == ["parent not in train"] * 2


def test_every_parent_of_a_made_pair_must_train_however_far_back(drawn_project):
    uids = {colour: pair["uid"] for colour, pair in drawn_project.circles.items()}
    both = ("square", "red", "red and green", uids["red"], uids["green"])
    held_out = ("square", "green", "red and a picture for testing", uids["red"], uids["navy"])
    dropped = ("square", "blue", "red and a dropped one", uids["red"], uids["black"])
    made = {row["caption"]: row["uid"] for row in drawn_project.write_made([both, held_out])}
    child = ("triangle", "red", "of both", uids["red"], made["red and green"])
    grandchild = ("triangle", "blue", "of one made so", uids["red"], made[held_out[2]])
    shapes = [both, held_out, dropped, child, grandchild]
    named = {row["uid"]: row["caption"] for row in drawn_project.write_made(shapes)}
    facts = drawn_project.freeze()
    refused = {named[r["item"]]: (r["reason"], r["detail"]) for r in drawn_project.refused()}
    assert refused == {
        held_out[2]: ("parent not in train", f"parent {uids['navy']}: test"),
        dropped[2]: ("parent not kept", f"parent {uids['black']}"),
        grandchild[2]: (
            "parent not in train",
            f"parent {made[held_out[2]]}: refused: parent not in train",
        ),
    }
    assert facts["made"] == 2
    told = parents.by_pair(parents.of_snapshot(Path("data/snapshot")))
    assert told == {
        made["red and green"]: [uids["red"], uids["green"]],
        next(uid for uid, text in named.items() if text == "of both"): list(child[3:]),
    }
    assert {r["split"] for r in drawn_project.manifest() if r["uid"] in told} == {"train"}


def test_a_made_pair_whose_parents_no_table_names_is_refused(drawn_project):
    file = Path("data/made/geometric") / parents.FILE
    tables.write(record.PARENTS.empty_table(), file, parents.KEY)
    drawn_project.freeze()
    (refused,) = drawn_project.refused()
    assert (refused["reason"], refused["detail"]) == (
        "parent not kept",
        "no table of parents names it",
    )


def test_a_second_parent_in_another_split_is_named_as_torn(drawn_project):
    drawn_project.freeze()
    uids = {colour: pair["uid"] for colour, pair in drawn_project.circles.items()}
    rows = pa.Table.from_pylist(drawn_project.manifest(), record.MANIFEST)
    made = next(row["uid"] for row in drawn_project.manifest() if row["parent"])
    splits = tables.read(Path("data/split.parquet"))
    manifest.check_disjoint(rows, splits, {made: [uids["red"], uids["green"]]})
    with pytest.raises(DataError, match="near-duplicates group-navy is in test, train"):
        manifest.check_disjoint(rows, splits, {made: [uids["red"], uids["navy"]]})


def test_a_pair_in_two_sets_is_taken_once(drawn_project):
    kept = sets.located([Path("data/pool")])
    splits = tables.read(Path("data/split.parquet"))
    rows, rejected = manifest.assign(pa.concat_tables([kept, kept.slice(2, 1)]), splits, {})
    assert rows.num_rows == kept.num_rows
    assert rejected.column("reason").to_pylist() == ["repeated"]


def test_a_table_of_pairs_that_descend_from_each_other_is_refused_and_ends(drawn_project):
    one, two = drawn_project.pairs[:2]
    rows = [
        {**one, "set": "data/made", "parent": two["uid"]},
        {**two, "set": "data/made", "parent": one["uid"]},
    ]
    splits = tables.read(Path("data/split.parquet"))
    of = {one["uid"]: [two["uid"]], two["uid"]: [one["uid"]]}
    kept, rejected = manifest.assign(pa.Table.from_pylist(rows, sets.LOCATED), splits, of)
    assert (kept.num_rows, rejected.num_rows) == (0, 2)


@pytest.mark.parametrize("of", ["made", "crawled"])
def test_a_row_in_a_split_of_its_own_is_named(drawn_project, of):
    drawn_project.freeze()
    wanted = [row for row in drawn_project.manifest() if bool(row["parent"]) == (of == "made")]
    moved = next(row for row in wanted if row["split"] == "train" and row["lang"] == "en")
    rows = [
        {**row, "split": "test"} if row["uid"] == moved["uid"] else row
        for row in [*drawn_project.manifest(), {**moved, "uid": "0" * 32}]
    ]
    splits = tables.read(Path("data/split.parquet"))
    descent = parents.by_pair(parents.of_snapshot(Path("data/snapshot")))
    with pytest.raises(DataError, match=f"image {moved['image']} is in test, train"):
        manifest.check_disjoint(pa.Table.from_pylist(rows, record.MANIFEST), splits, descent)


def test_crawled_pairs_are_ruled_as_columns_and_cost_no_objects():
    count = 20_000
    names = [f"{number:032x}" for number in range(count)]
    same = {"set": "pool", "caption": "a ball", "lang": "en", "source": "web"}
    same |= {"shard": "images/0.tar", "offset": 0, "size": 9, "width": 8, "height": 8}
    empty = dict.fromkeys(("url", "page", "licence", "parent", "recipe"))
    columns = {name: [value] * count for name, value in (same | empty).items()}
    kept = pa.table({"uid": names, "image": names, **columns}, schema=sets.LOCATED)
    halves = [("train", "test")[number % 2] for number in range(count)]
    splits = pa.table({"image": names, "split": halves, "group": names}, schema=record.SPLITS)
    tracemalloc.start()
    rows, rejected = manifest.assign(kept, splits, {})
    manifest.check_disjoint(rows, splits, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (rows.num_rows, rejected.num_rows) == (count, 0)
    assert peak < 200 * count  # bytes; a pair as a dict is ten times as many
