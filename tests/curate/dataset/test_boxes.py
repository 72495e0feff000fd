"""Intersection over union, by hand."""

import numpy as np
import pytest

from curate.dataset.boxes import over_union

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
    assert over_union(np.array([box]), UNIT).item() == pytest.approx(share)
    assert over_union(UNIT, np.array([box])).item() == pytest.approx(share)


def test_two_boxes_without_area_are_not_the_same_place():
    point = np.array([[0.5, 0.5, 0.5, 0.5]])
    assert over_union(point, point).item() == 0


def test_each_box_is_held_against_each_other():
    one = np.array([[0.0, 0.0, 0.4, 0.4]])
    found = over_union(one, np.array([[0.0, 0.0, 0.4, 0.2], [0.5, 0.5, 1, 1], [0, 0, 0, 0]]))
    np.testing.assert_allclose(found, [[0.5, 0, 0]])
