import numpy as np
import pytest

from align.regions.decoding import FORMS, decode
from curate.dataset.errors import WeightsError

SIZE = (100, 200)  # height, width
BOX = [20, 10, 60, 50]  # corners of one thing, pixels
CENTRE = [40, 30, 40, 40]  # the same as centre, width, height


def relative():
    return np.array(CENTRE) / [200, 100, 200, 100]


def answers(form):
    """Outputs with a thing of class 1 of three, of score 0.8, and one that is nothing."""
    none = [5, 5, 2, 2]
    if form == "yolo":
        return [np.array([[*CENTRE, 0.1, 0.8, 0], [*none, 0.01, 0, 0]]).T[None]]
    if form == "yolov5":
        return [np.array([[*CENTRE, 0.8, 0.1, 1, 0], [*none, 0.0, 1, 0, 0]])[None]]
    if form == "boxes":
        return [np.array([[*BOX, 0.8, 1], [0, 0, 2, 2, 0.01, 0]])[None]]
    boxes = np.array([relative(), [0.1, 0.1, 0.01, 0.01]])[None]
    if form == "rtdetr":
        return [np.array([[-9, np.log(4), -9], [-9, -9, -9]])[None], boxes]
    shares = np.array([[0.05, 0.8, 0.05, 0.1], [0.01, 0.01, 0.01, 0.97]])
    return [np.log(shares)[None], boxes]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_corners_in_pixels_the_score_and_the_class(form):
    boxes, scores, classes = decode(form, answers(form), SIZE)
    assert np.allclose(boxes[0], BOX, atol=1e-3)
    assert scores[0] == pytest.approx(0.8, abs=1e-5)
    assert classes[0] == 1
    assert scores[1] < 0.05


@pytest.mark.parametrize("form", FORMS)
def test_outputs_of_another_shape_are_refused_with_theirs(form):
    with pytest.raises(WeightsError, match=rf"\(1, 3\) are not of the form '{form}'"):
        decode(form, [np.zeros((1, 3))] * 2, SIZE)
    wrong = [np.zeros((1, 4, 4)), np.zeros((1, 9, 9))]
    with pytest.raises(WeightsError, match="not of the form"):
        decode(form, wrong, SIZE)
