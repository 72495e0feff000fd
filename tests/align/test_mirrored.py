import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from align.mirrored import agree, mirrored, sides


def encoded(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def arrow():
    image = Image.new("RGB", (120, 90), "white")
    ImageDraw.Draw(image).polygon([(10, 45), (60, 10), (60, 80)], fill="navy")
    return image


def test_a_mirrored_picture_is_told_by_its_pixels_however_it_was_turned_and_shaded(arrow):
    mirror = arrow.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for angle in (-10, 0, 10):
        for level in (0.7, 1.2):
            straight = arrow.rotate(angle, fillcolor="white").point(lambda v, x=level: int(v * x))
            turned = mirror.rotate(angle, fillcolor="white").point(lambda v, x=level: int(v * x))
            assert mirrored(encoded(straight), encoded(arrow)) is False
            assert mirrored(encoded(turned), encoded(arrow)) is True


def test_of_symmetric_and_of_other_pictures_nothing_is_said(arrow):
    square = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(square).rectangle((20, 20, 59, 59), fill="red")
    assert mirrored(encoded(square), encoded(square)) is None
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    assert mirrored(encoded(Image.fromarray(noise)), encoded(arrow)) is None
    assert mirrored(encoded(Image.new("RGB", (9, 9), "red")), encoded(arrow)) is None


def test_a_caption_must_name_the_other_sides_where_its_picture_is_mirrored():
    assert agree("right arrow", "left arrow", is_mirrored=True)
    assert agree("left arrow", "left arrow", is_mirrored=False)
    assert not agree("left arrow", "left arrow", is_mirrored=True)
    assert not agree("right arrow", "left arrow", is_mirrored=False)
    assert agree("a bright cat", "a bright cat", is_mirrored=True)


def test_sides_are_whole_words_or_begin_one():
    assert sides("Left-facing fist, upright; the rightmost bright copyright") == ["left", "right"]
