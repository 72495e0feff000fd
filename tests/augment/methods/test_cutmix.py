import numpy as np
import pytest
from PIL import Image

from augment.composition import mixing
from augment.methods import cutmix


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_every_pixel_of_both_parents_is_shown_and_none_covers_another(beside, first):
    recipe = {"longest_side": 120, "share": 0.43, "beside": beside, "first": first}
    boxes = cutmix.parts(recipe)
    noise = np.random.default_rng(0)
    images = [
        Image.fromarray(noise.integers(0, 255, (box[3] - box[1], box[2] - box[0], 3), np.uint8))
        for box in boxes
    ]
    drawn = cutmix._draw(images[0], images[1], recipe)
    assert drawn.size == ((120, 72) if beside else (72, 120))
    for image, box in zip(images, boxes, strict=True):
        assert (np.asarray(drawn.crop(box)) == np.asarray(image)).all()
    assert sum((b[2] - b[0]) * (b[3] - b[1]) for b in boxes) == 120 * 72
    assert (boxes[0][:2] == (0, 0)) == first


def test_a_picture_of_another_shape_is_shown_whole_too():
    image = Image.new("RGB", (90, 30), "navy")
    part = np.asarray(mixing.fitted(image, 60, 70))
    assert (part[25:45] == (0, 0, 128)).all()


def test_plans_differ_in_share_place_and_order():
    plans = [cutmix._plan("a", "b", number) for number in range(40)]
    assert all(0.4 <= plan["share"] <= 0.6 for plan in plans)
    assert {(plan["beside"], plan["first"]) for plan in plans} == {
        (True, True), (True, False), (False, True), (False, False)
    }  # fmt: skip
