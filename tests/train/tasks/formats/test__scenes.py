"""What is known of a snapshot's composed pictures, and which of them must stay together."""

from collections import Counter

import pytest

from curate.dataset import tables
from curate.dataset.errors import DataError, SourceError
from tests.train.tasks.formats import _composed
from train.tasks.formats import FormatParams, _scenes

PARAMS = FormatParams(validation=0.2, test=0.3)


def test_pictures_that_share_a_parent_or_differ_in_one_fact_are_in_one_split(project):
    composed = {}
    for family in range(60):
        for member in range(3):  # each shares a parent with the next
            made_of = [f"{family}-{member}", f"{family}-{member + 1}"]
            composed[f"{family}-{member}"] = _composed.beside("lemon", "left of", "cup", made_of)
        other = _composed.beside("lemon", "right of", "cup", [f"{family}-else"])
        composed[f"{family}-twin"] = other
    twins = [("relation", f"{family}-0", f"{family}-twin") for family in range(60)]
    snapshot = _composed.write(project, composed, twins)
    known = _scenes.read(snapshot, PARAMS)
    split_of = {
        caption.uid: scene.split for scene in known.scenes.values() for caption in scene.captions
    }
    of_parent = {}
    for row in tables.read(snapshot / "parents.parquet").to_pylist():
        of_parent.setdefault(row["parent"], set()).add(split_of[row["uid"]])
    assert {len(splits) for splits in of_parent.values()} == {1}
    assert len(known.twins) == 120  # either caption of each
    assert all(split_of[twin.one.uid] == split_of[twin.other.uid] for twin in known.twins)
    numbers = Counter(scene.split for scene in known.scenes.values())
    assert {split: number % 4 for split, number in numbers.items()} == {
        "train": 0,
        "validation": 0,
        "test": 0,
    }


def test_a_picture_before_another_picture_is_left_alone_and_its_twin_too(project):
    plain = _composed.beside("lemon", "left of", "horse", ["a", "b"])
    before = _composed.beside("lemon", "right of", "horse", ["a", "b"]) | {"ground": "picture"}
    snapshot = _composed.write(
        project, {"plain": plain, "before": before}, [("relation", "plain", "before")]
    )
    known = _scenes.read(snapshot, PARAMS)
    assert [scene.captions[0].image for scene in known.scenes.values()] == [*known.scenes]
    assert len(known.scenes) == 1
    assert known.twins == []


def test_two_things_are_told_in_all_ways_of_which_one_holds(project):
    scene = _composed.beside("lemon", "above", "horse", ["a"], ["a small lemon", "a horse"])
    (found,) = _scenes.read(_composed.write(project, {"one": scene}), PARAMS).scenes.values()
    one, other = _scenes.told(found)
    by_first = {texts[holds].partition(" ")[2][:5]: (texts, holds) for texts, holds in (one, other)}
    texts, holds = by_first["small"]
    assert holds == "above"
    assert texts["left of"] == "a small lemon to the left of a horse"
    assert by_first["horse"][0]["below"] == "a horse below a small lemon"
    assert by_first["horse"][1] == "below"


@pytest.mark.parametrize(
    "scene",
    [
        _composed.beside("dog", "left of", "hot dog", ["a"]),  # the dog: which?
        _composed.counted("lemon", 2, ["a"]),
        _composed.beside("lemon", "left of", "horse", ["a"]) | {"relations": []},  # not plainly
    ],
    ids=["names", "count", "aslant"],
)
def test_other_pictures_are_told_in_no_such_way(project, scene):
    (found,) = _scenes.read(_composed.write(project, {"one": scene}), PARAMS).scenes.values()
    assert list(_scenes.told(found)) == []


def test_a_snapshot_without_composed_pictures_says_what_to_do(project):
    snapshot = _composed.write(
        project, {"one": _composed.counted("lemon", 2, ["a"]) | {"ground": "picture"}}
    )
    with pytest.raises(SourceError, match="no composed pictures; have some made"):
        _scenes.read(snapshot, PARAMS)
    with pytest.raises(DataError, match="no table at"):
        _scenes.read(project / "nowhere", PARAMS)
