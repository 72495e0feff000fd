from pathlib import Path

import numpy as np
import pytest

from curate import faces
from curate.dataset.errors import ParamsError, WeightsError
from tests import _faces


def scene(height, width, *bright):
    """A dark picture with bright boxes left, top, right, bottom."""
    grid = np.random.default_rng(0).integers(20, 60, (height, width, 3), np.uint8)
    for left, top, right, bottom in bright:
        grid[top:bottom, left:right] = 245
    return grid


def found(grid, **params):
    return faces.detector(faces.Params(model="model.onnx", **params), "blur")(grid).tolist()


def test_boxes_are_in_pixels_of_the_picture_whatever_the_detector_looks_at(project):
    _faces.boxes_model(Path("model.onnx"), 64)
    asked = {"form": "boxes", "size": 64}
    assert found(scene(128, 256, (80, 40, 120, 100)), **asked) == [[80, 40, 120, 100]]
    assert found(scene(64, 64), **asked) == []


def test_yunet_is_asked_at_the_shape_of_each_picture(project):
    _faces.yunet_model(Path("model.onnx"), 96)
    bright = (32, 64, 64, 96)
    assert found(scene(96, 96, bright)) == [[32, 64, 64, 96]]
    assert found(scene(192, 128, bright, (96, 0, 128, 32))) == [[32, 64, 64, 96], [96, 0, 128, 32]]
    assert found(scene(96, 96)) == []


def test_a_large_picture_is_looked_at_smaller_and_its_boxes_are_its_own(project):
    _faces.yunet_model(Path("model.onnx"), 96)
    assert found(scene(384, 384, (128, 256, 256, 384)), size=96) == [[128, 256, 256, 384]]


def test_what_is_not_sure_enough_is_no_face(project):
    _faces.boxes_model(Path("model.onnx"), 64)
    grid = scene(64, 64, (8, 8, 24, 24))
    assert len(found(grid, form="boxes", size=64, confidence=1)) == 1
    dim = np.minimum(grid, 200)
    assert found(dim, form="boxes", size=64) == []


def test_what_is_no_detector_is_said(project):
    with pytest.raises(WeightsError, match=r"no file model\.onnx \(blur\.model\): put a face"):
        found(scene(64, 64))
    Path("model.onnx").write_bytes(b"no model")
    for form in ("yunet", "boxes"):
        with pytest.raises(WeightsError, match=r"model\.onnx is no .*model that"):
            found(scene(64, 64), form=form)
    _faces.boxes_model(Path("model.onnx"), 64)
    with pytest.raises(WeightsError, match="does not answer as YuNet does"):
        found(scene(64, 64), size=64)
    with pytest.raises(ParamsError, match=r"no output 'x' \(blur\.output; known: faces\)"):
        found(scene(64, 64), form="boxes", size=64, output="x")
