import pytest

from align.boxes import Object, counted, placed
from curate.dataset.truth import Fact

DOG, CAT = Object("dog", (0.1, 0.6, 0.3, 0.8)), Object("cat", (0.5, 0.1, 0.9, 0.5))


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((0.0, 0.0, 1.0, 1.0), 1.0),
        ((-0.1, 0.0, 0.1, 0.5), 0.5),
        ((0.9, 0.9, 1.1, 1.1), 0.25),
        ((1.2, 0.0, 1.4, 1.0), 0.0),
        ((0.5, 0.5, 0.5, 0.9), 0.0),
        ((0.6, 0.2, 0.4, 0.9), 0.0),
    ],
)
def test_a_box_lies_in_the_picture_by_its_area(box, share):
    assert Object("dog", box).inside == pytest.approx(share)


@pytest.mark.parametrize(
    ("relation", "holds"),
    [("left of", 1.0), ("right of", 0.0), ("under", 1.0), ("above", 0.0), ("with", None)],
)
def test_relations_of_place_are_held_against_boxes(relation, holds):
    assert placed([Fact("relation", "dog", relation, "cat")], [DOG, CAT]) == holds


def test_relations_of_what_is_not_known_are_not_judged():
    assert placed([Fact("relation", "dog", "left of", "tree")], [DOG, CAT]) is None
    assert placed([Fact("relation", "dog", "left of", "dog")], [DOG]) == 0.0


def test_counts_are_held_against_the_objects_of_that_name():
    assert counted([Fact("count", "dog", "2")], [DOG, DOG, CAT]) == 1.0
    assert counted([Fact("count", "dog", "2")], [DOG, CAT]) == 0.0
    assert counted([Fact("count", "dog", "2"), Fact("count", "cat", "1")], [DOG, CAT]) == 0.5
    assert counted([Fact("count", "tree", "2")], [DOG, CAT]) is None
    assert counted([Fact("object", "dog")], [DOG]) is None
