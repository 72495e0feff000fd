import io

import numpy as np
import pytest
from PIL import Image

from curate import looks, noise
from tests._scenes import scene


def opened(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", noise.SPOILT)
def test_the_same_name_gives_the_same_bytes_and_another_name_others(kind):
    spoilt = noise.SPOILT[kind]
    assert spoilt(scene(0), "a") == spoilt(scene(0), "a")
    assert spoilt(scene(0), "a") != spoilt(scene(0), "b")


def test_copies_look_like_their_picture_and_some_are_smaller():
    sizes = set()
    for number in range(20):
        copy = opened(noise.copied(scene(number), f"{number}"))
        apart = np.bitwise_count(np.uint64(looks.code(copy) ^ looks.code(scene(number))))
        assert apart <= 6
        sizes.add(copy.width < scene(number).width)
    assert sizes == {True, False}


def test_blank_pictures_are_of_one_colour_and_broken_ones_of_chance():
    blank = np.asarray(opened(noise.blank(scene(0), "a")).convert("RGB"), float)
    assert blank.std(axis=(0, 1)).max() < 1
    broken = np.asarray(opened(noise.broken(scene(0), "a")).convert("L"), float)
    beside = np.corrcoef(broken[:, 1:].ravel(), broken[:, :-1].ravel())[0, 1]
    assert broken.std() > 20
    assert abs(beside) < 0.3
    assert max(broken.shape) <= 256


def test_stock_phrases_are_many_and_none_is_left_unfilled():
    said = {noise.phrase(f"{number}") for number in range(400)}
    assert len(said) > 100
    assert not any("{" in one for one in said)
