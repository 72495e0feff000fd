"""When a box counts as found."""

import numpy as np

from train.tasks.metrics import _overlap


def test_a_half_is_enough_however_the_boxes_were_rounded():
    widths = np.arange(8, 400) / 640  # whole pixels of a picture of 640
    for width in widths:
        wide = np.array([[0.1, 0.2, 0.1 + width, 0.9]], np.float32)
        half = np.array([[0.1, 0.2, 0.1 + width / 2, 0.9]], np.float32)
        less = np.array([[0.1, 0.2, 0.1 + width * 0.49, 0.9]], np.float32)
        assert _overlap.hits(half, wide).all()
        assert not _overlap.hits(less, wide).any()
