from pathlib import Path

import pyarrow as pa
import pytest

from curate import forget, lineage
from curate.dataset import tables, truth
from curate.dataset.errors import DataError
from curate.descent import line, trace
from curate.forgotten import Entry, Forgotten


def of(kind, value):
    return trace(Path("data"), Forgotten((Entry(kind, value, "asked", "2026-01-02"),)))


@pytest.fixture
def mixed(drawn_project):
    """A square of the red and the green circle, and a triangle of that and the gold one."""
    red, green, gold = (drawn_project.circles[c]["uid"] for c in ("red", "green", "gold"))
    first = ("square", "red", "of red and green", red, green)
    (parent,) = (row["uid"] for row in drawn_project.write_made([first]))
    second = ("triangle", "red", "of that and gold", gold, parent)
    drawn_project.write_made([first, second])
    return drawn_project


@pytest.mark.parametrize(
    ("colour", "captions"),
    [
        ("red", {"of red and green", "of that and gold"}),
        ("green", {"of red and green", "of that and gold"}),
        ("gold", {"of that and gold"}),
        ("blue", set()),
    ],
)
def test_a_made_pair_goes_when_any_of_its_parents_goes_however_far_back(mixed, colour, captions):
    found = of("uid", mixed.circles[colour]["uid"])
    assert set(found.made.column("caption").to_pylist()) == captions
    assert not captions & set(found.rest.column("caption").to_pylist())


def test_all_that_a_made_pair_goes_back_to_is_told_parents_first(mixed, capsys):
    found = of("uid", mixed.circles["blue"]["uid"])
    last = next(r for r in found.others.to_pylist() if r["caption"] == "of that and gold")
    texts = [row["caption"] for row in line(last["uid"], found)]
    assert texts == ["a gold circle", "of red and green", "a red circle", "a green circle"]
    lineage.lineage(uid=[last["uid"]])
    said = capsys.readouterr().out
    assert f"{last['uid']} was made by geometric: method: geometric" in said
    assert all(text in said for text in texts)
    lineage.lineage(uid=[mixed.circles["gold"]["uid"]])
    gold, other = line(last["uid"], found)[:2]
    assert f"of {gold['uid']} and {other['uid']}" in capsys.readouterr().out


def test_of_a_made_pair_all_parents_are_named_that_may_be_forgotten_instead(mixed):
    found = of("uid", mixed.circles["blue"]["uid"])
    last = next(r for r in found.others.to_pylist() if r["caption"] == "of that and gold")
    both = " and ".join(found.parents[last["uid"]])
    with pytest.raises(DataError, match=f"was made from {both}; forget one of them"):
        forget.check(of("uid", last["uid"]))


def test_a_caption_that_was_told_of_a_picture_goes_with_the_picture(drawn_project):
    red = drawn_project.circles["red"]
    (row,) = drawn_project.write_made([("circle", "red", "red and round", red["uid"])])
    assert row["image"] == red["image"]
    found = of("image", red["image"])
    assert found.made.column("caption").to_pylist() == ["red and round"]
    forget.check(found)


def test_what_is_known_of_made_pairs_is_counted_with_their_labels(mixed):
    found = of("uid", mixed.circles["blue"]["uid"])
    rows = [
        {"uid": row["uid"], "fact": 0, "kind": "object", "subject": "square"}
        for row in found.others.to_pylist()
    ]
    schema, key = truth.FACTS
    file = Path("data/made/geometric/facts.parquet")
    tables.write(pa.Table.from_pylist(rows, schema), file, key, schema)
    nodes = pa.table({"uid": [row["uid"] for row in rows], "node": [0, 0]})
    tables.write(nodes, Path("data/labels_made/scene/nodes.parquet"), "uid")
    for number, row in enumerate(rows):  # one table in two files
        file = Path(f"data/labels_made/regions/features-0{number}.parquet")
        tables.write(pa.table({"uid": [row["uid"]]}), file, "uid")
    red, gold = (of("uid", mixed.circles[colour]["uid"]).labels for colour in ("red", "gold"))
    features = "regions/features.parquet"
    assert red == {"geometric/facts.parquet": 2, features: 2, "scene/nodes.parquet": 3}
    assert gold == {"geometric/facts.parquet": 1, features: 1, "scene/nodes.parquet": 1}
