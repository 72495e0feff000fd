import numpy as np
import pytest
from PIL import Image, ImageOps

from curate import crops, looks
from tests._scenes import scene

COUNT = 40


def part(picture, seed):
    """Any crop of 40 to 90% of a picture, its shape up to 4:3 of the picture's."""
    random = np.random.default_rng(seed)
    area, shape = random.uniform(0.4, 0.9), (4 / 3) ** random.uniform(-1, 1)
    shares = np.minimum(np.sqrt([area * shape, area / shape]), 1)
    start = random.uniform(0, 1 - shares)
    return picture.crop((*(start * (320, 240)).round(), *((start + shares) * (320, 240)).round()))


def seen(pictures):
    return crops.seen([looks.small(picture) for picture in pictures])


@pytest.mark.parametrize("mirrored", [False, True])
def test_crops_at_any_place_are_found_among_pictures_that_hold_none(mirrored):
    parts = [part(scene(seed), seed) for seed in range(COUNT)]
    if mirrored:
        parts = [ImageOps.mirror(one) for one in parts]
    wholes = seen([scene(seed) for seed in range(3 * COUNT)])
    found = crops.found(wholes, seen(parts), 0.95)
    pairs = list(zip(found.whole.tolist(), found.crop.tolist(), strict=True))
    right = {crop for whole, crop in pairs if whole == crop}
    assert len(right) >= 0.85 * COUNT
    assert all(whole == crop for whole, crop in pairs)
    assert (found.mirrored == mirrored).all()
    assert (found.unlike <= 0.05).all()


def test_a_whole_is_no_crop_of_its_part():
    parts, wholes = ([part(scene(s), s) for s in range(COUNT)], [scene(s) for s in range(COUNT)])
    assert len(crops.found(seen(parts), seen(wholes), 0.95).whole) == 0


def test_what_is_asked_of_no_pictures_or_plain_ones_is_answered_by_none():
    none, plain = seen([]), seen([Image.new("RGB", (60, 40), "white")] * 3)
    some = seen([scene(0), scene(1)])
    for wholes, pictures in (
        (none, some),
        (some, none),
        (none, none),
        (plain, some),
        (some, plain),
    ):
        assert [len(column) for column in crops.found(wholes, pictures, 0.95)] == [0, 0, 0, 0]


def test_what_is_held_of_a_picture_is_as_little_as_is_said():
    held = sum(column.nbytes for column in seen([scene(seed) for seed in range(10)])) / 10
    assert held <= 1024 + 16 + 1 + 12 * 626


def test_pairs_are_the_same_however_many_pictures_are_asked_about_at_once():
    wholes, parts = seen([scene(s) for s in range(12)]), [part(scene(s), s) for s in range(12)]
    together = crops.found(wholes, seen(parts), 0.95)
    alone = [crops.found(wholes, seen([one]), 0.95) for one in parts]
    assert sorted(zip(together.whole, together.crop, strict=True)) == [
        (whole, number) for number, one in enumerate(alone) for whole in one.whole
    ]
