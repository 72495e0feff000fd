"""Choices of a caption of a composed picture: one is right, and each as often as any other."""

from collections import Counter

import pytest

from tests.train.tasks.formats import _composed
from train.tasks.formats import scene_choices


@pytest.fixture
def found(project):
    ways = ("left of", "right of", "above", "below", "left of")
    composed = {
        str(number): _composed.beside("lemon", way, "horse", [f"parent {number}"])
        for number, way in enumerate(ways)
    }
    composed |= {
        "two": _composed.counted("apple", 2, ["a"]),
        "three": _composed.counted("apple", 3, ["a"]),
    }
    snapshot = _composed.write(project, composed, [("count", "two", "three")])
    params = scene_choices.Params(validation=0.0, test=0.0)
    return list(scene_choices.examples(params, snapshot))


def test_each_of_two_pictures_that_differ_is_asked_for_with_both_captions(found):
    counts = [one for one in found if one.kind == "count"]
    assert [{*one.choices} for one in counts] == [{"two apples", "three apples"}] * 2
    assert {one.answers[0] for one in counts} == {"two apples", "three apples"}


def test_every_relation_is_right_as_often(found):
    places = [one for one in found if one.kind == "place"]
    assert len(places) == 2 * 4  # one of three pictures of things beside each other is too many
    assert all(len({*one.choices}) == 4 and one.answers[0] in one.choices for one in places)
    middle = [one.answers[0].removeprefix("a lemon").removeprefix("a horse") for one in places]
    ways = Counter(text.removesuffix(" a lemon").removesuffix(" a horse") for text in middle)
    assert ways == {" to the left of": 2, " to the right of": 2, " above": 2, " below": 2}


def test_the_right_choice_stands_at_no_place_of_its_own(project):
    composed = {
        f"{number} {way}": _composed.beside(f"thing{number}", way, "horse", [f"p{number}{way}"])
        for number in range(60)
        for way in ("left of", "above")
    }
    params = scene_choices.Params(validation=0.0, test=0.0)
    found = scene_choices.examples(params, _composed.write(project, composed))
    places = Counter(one.choices.index(one.answers[0]) for one in found)
    assert sorted(places) == [0, 1, 2, 3]
    assert max(places.values()) < 0.35 * places.total()
