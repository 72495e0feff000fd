import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from align.regions.suppression import kept

BOXES = np.array(
    [[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.45], [0.5, 0.5, 1, 1], [0.2, 0.2, 0.2, 0.9]], np.float32
)


def test_the_weaker_of_two_boxes_that_overlap_goes_and_one_without_area_never_stays():
    scores = np.array([0.5, 0.9, 0.7, 1.0], np.float32)
    assert kept(BOXES, scores, 0.6, 8).tolist() == [1, 2]
    assert kept(BOXES, scores, 0.95, 8).tolist() == [1, 2, 0]
    assert kept(BOXES, scores, 0.95, 1).tolist() == [1]
    assert kept(BOXES[:0], scores[:0], 0.5, 8).tolist() == []


@given(st.permutations(range(12)), st.integers(0, 5))
def test_the_order_of_the_boxes_says_nothing(order, seed):
    random = np.random.default_rng(seed)
    corners = np.sort(random.random((12, 2, 2)), axis=1)
    boxes = corners.reshape(12, 4).astype(np.float32)
    scores = random.integers(0, 3, 12).astype(np.float32)
    first = boxes[kept(boxes, scores, 0.3, 5)]
    turned = list(order)
    assert np.array_equal(boxes[turned][kept(boxes[turned], scores[turned], 0.3, 5)], first)
