import numpy as np
import pytest

from augment.layout import box, cut_into, cut_out, layout, outline, spanned


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


def test_a_picture_with_two_transparent_corners_is_a_cut_out():
    alpha = np.full((40, 80), 255, np.uint8)
    assert not cut_out(alpha)
    alpha[0, 0] = 0
    assert not cut_out(alpha)
    alpha[0, -1] = 0
    assert cut_out(alpha)


def test_an_outline_is_what_is_not_ground_and_its_box_holds_it():
    shown = picture(ground=(240, 250, 255))
    shown[10:30, 8:60] = 30
    mask = outline(shown, (240, 250, 255))
    assert mask.sum() == 255 * 20 * 52
    assert box(mask) == (0.1, 0.25, 0.75, 0.75)
    assert box(np.zeros((4, 4), np.uint8)) is None


@pytest.mark.parametrize("rows", [slice(0, 9), slice(31, 40)])
def test_what_reaches_the_frame_may_be_cut(rows):
    mask = np.zeros((40, 80), np.uint8)
    mask[5:20, 30:50] = 255
    assert not cut_into(mask)
    mask[rows, 30:50] = 255
    assert cut_into(mask)


def test_boxes_span_one_rectangle_that_reaches_the_frame_where_one_of_them_does():
    dot, bar = (0.05, 0.5, 0.075, 0.55), (0.5, 0.25, 0.9, 0.75)
    mask = spanned([dot, bar], (40, 80, 3))
    assert box(mask) == (0.05, 0.25, 0.9, 0.75)
    assert not cut_into(mask)
    assert cut_into(mask[:, 8:])  # the dot is gone as a whole
    assert cut_into(spanned([dot, (0.5, 0.25, 1.0, 0.75)], (40, 80)))
    assert cut_into(spanned([], (40, 80)))
