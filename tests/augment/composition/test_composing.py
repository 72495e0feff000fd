import random

import numpy as np
import pytest

from augment.composition import composing
from augment.composition.cutouts import cut_out as cut
from tests.augment._things import cut_out, differing

RECIPE = {
    "method": "compose",
    "images": ["a", "b"],
    "canvas": [128, 96],
    "ground": [255, 255, 255],
    "quality": 92,
    "objects": [{"parent": 0, "box": [4, 6, 45, 35]}, {"parent": 1, "box": [70, 40, 50, 40]}],
}
PARENTS = [cut_out((200, 0, 0)), cut_out((0, 0, 180), (60, 48), "rectangle")]


def test_boxes_are_those_of_the_pixels_that_differ_from_the_ground():
    composed = composing.compose(RECIPE, [cut(data) for data in PARENTS])
    for number, (mask, box) in enumerate(zip(composed.masks, composed.boxes, strict=True)):
        alone = {**RECIPE, "objects": [RECIPE["objects"][number]]}
        drawn = composing.compose(alone, [cut(data) for data in PARENTS]).picture
        seen = differing(drawn, RECIPE["ground"])
        assert np.abs(np.subtract(seen, box)).max() <= 1
        left, top, right, bottom = box
        assert mask[top:bottom, left:right].any(axis=0).all()
        assert mask.sum() == mask[top:bottom, left:right].sum()
    assert composed.visible == [1.0, 1.0]


def test_what_is_covered_is_told_as_a_share():
    objects = [{"parent": 1, "box": [10, 10, 60, 48]}, {"parent": 1, "box": [40, 10, 60, 48]}]
    composed = composing.compose({**RECIPE, "objects": objects}, [cut(data) for data in PARENTS])
    assert composed.visible == [0.5, 1.0]
    assert composed.boxes[0] == (10, 10, 70, 58)
    assert not (composed.masks[0] & composed.masks[1]).any()


def test_the_same_recipe_gives_the_same_bytes():
    first, second = (composing.remake(RECIPE, PARENTS) for _ in "ab")
    assert first == second
    assert composing.remake({**RECIPE, "ground": [9, 9, 9]}, PARENTS) != first


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ((0, 0, 20, 20), (40, 5, 60, 25), {(0, "left of", 1), (1, "right of", 0)}),
        ((0, 0, 20, 20), (5, 30, 25, 50), {(0, "above", 1), (1, "below", 0)}),
        ((0, 0, 20, 20), (40, 40, 60, 60), set()),
        ((0, 0, 20, 20), (20, 0, 40, 20), set()),
        ((0, 0, 30, 20), (20, 0, 50, 20), set()),
    ],
)
def test_only_plain_relations_are_told(a, b, told):
    assert set(composing.relations([a, b], 100)) == told


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (120, 120, 120), (40, 70, 160)])
def test_a_ground_is_one_that_the_object_stands_out_from(colour):
    image = cut(cut_out(colour))
    for number in range(20):
        ground = composing.ground_for([image], random.Random(number))
        assert ground is not None
        assert np.abs(np.subtract(ground, colour)).max() > 40


def test_there_is_no_ground_for_objects_of_every_colour():
    images = [cut(cut_out(colour)) for colour in composing.GROUNDS]
    assert composing.ground_for(images, random.Random(0)) is None
