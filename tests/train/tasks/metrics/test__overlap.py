"""Intersection over union, by hand."""

import numpy as np
import pytest

from train.tasks.metrics import _overlap

UNIT = np.array([[0.0, 0.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("box", "share"),
    [
        ((0, 0, 1, 1), 1),
        ((0, 0, 0.5, 1), 1 / 2),
        ((0.5, 0.5, 1.5, 1.5), 0.25 / 1.75),
        ((0.25, 0.25, 0.75, 0.75), 1 / 4),
        ((1, 0, 2, 1), 0),  # an edge in common
        ((2, 2, 3, 3), 0),
        ((0.5, 0.5, 0.5, 0.5), 0),
    ],
)
def test_intersection_over_union_is_that_of_the_areas(box, share):
    assert _overlap.over_union(np.array([box]), UNIT).item() == pytest.approx(share)
    assert _overlap.over_union(UNIT, np.array([box])).item() == pytest.approx(share)


def test_two_boxes_without_area_are_not_the_same_place():
    point = np.array([[0.5, 0.5, 0.5, 0.5]])
    assert _overlap.over_union(point, point).item() == 0


def test_a_half_is_enough_however_the_boxes_were_rounded():
    widths = np.arange(8, 400) / 640  # whole pixels of a picture of 640
    for width in widths:
        wide = np.array([[0.1, 0.2, 0.1 + width, 0.9]], np.float32)
        half = np.array([[0.1, 0.2, 0.1 + width / 2, 0.9]], np.float32)
        less = np.array([[0.1, 0.2, 0.1 + width * 0.49, 0.9]], np.float32)
        assert _overlap.hits(half, wide).all()
        assert not _overlap.hits(less, wide).any()
