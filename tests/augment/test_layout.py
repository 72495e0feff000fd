import numpy as np
import pytest

from augment.layout import layout


def picture(height=40, width=80, ground=(255, 255, 255)):
    return np.full((height, width, 3), ground, np.uint8)


def test_an_object_on_plain_ground_is_a_cut_out_with_its_least_margin():
    cut_out = picture(ground=(240, 250, 255))
    cut_out[10:30, 8:60] = 30  # margins: 8/80 left, 20/80 right, 10/40 above and below
    assert layout(cut_out).ground == (240, 250, 255)
    assert layout(cut_out).margin == pytest.approx(0.1)


def test_an_object_at_the_rim_leaves_no_margin():
    cut_out = picture()
    cut_out[10:, 8:60] = 30
    assert layout(cut_out) == ((255, 255, 255), 0.0)


def test_white_corners_are_ground_even_beside_the_objects_own():
    letter = picture()
    letter[:10] = 0
    assert layout(letter) == ((255, 255, 255), 0.0)


def test_a_large_picture_has_the_margins_of_a_small_one():
    large = picture(1000, 2000)
    large[200:800, 300:1700] = 90
    assert layout(large).margin == pytest.approx(0.15, abs=0.01)


def test_a_picture_with_unlike_corners_fills_its_frame():
    gradient = np.repeat(np.arange(80, dtype=np.uint8)[None, :, None] * 3, 40, axis=0)
    assert layout(np.repeat(gradient, 3, axis=2)) == (None, 0.0)


def test_an_empty_ground_has_nothing_to_cut_into():
    assert layout(picture()) == ((255, 255, 255), 1.0)
