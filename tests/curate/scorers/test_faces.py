import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate.dataset import sets
from curate.dataset.errors import WeightsError
from curate.scorers import faces
from tests import _faces

SIDE = 96


@pytest.fixture
def scored(project, write_set):
    """Scores a dark picture with bright boxes: left, top, right, bottom."""

    def call(*bright, **params):
        grid = np.full((SIDE, SIDE, 3), 40, np.uint8)
        for left, top, right, bottom in bright:
            grid[top:bottom, left:right] = 245
        out = io.BytesIO()
        Image.fromarray(grid).save(out, "PNG")
        write_set(Path("pool"), [(out.getvalue(), "en", "people")])
        rows = sets.located([Path("pool")])
        (found,) = faces.score(rows, faces.Params(model="model.onnx", **params)).to_pylist()
        return found["count"], found["largest"], found["share"]

    return call


def test_faces_are_counted_and_the_largest_is_a_share_of_the_picture(scored):
    _faces.yunet_model(Path("model.onnx"), SIDE)
    cell = (32 / SIDE) ** 2
    assert scored() == (0, 0, 0)
    assert scored((32, 64, 64, 96)) == pytest.approx((1, cell, cell))
    assert scored((0, 0, 32, 32), (32, 64, 64, 96)) == pytest.approx((2, cell, 2 * cell))


def test_a_detector_of_another_form_is_asked_as_for_blurring(scored):
    _faces.boxes_model(Path("model.onnx"), 64)
    wide = (24, 24, 72, 48)
    found = scored(wide, form="boxes", size=64)
    assert found == pytest.approx((1, 48 * 24 / SIDE**2, 48 * 24 / SIDE**2), rel=0.1)


def test_bytes_that_are_no_picture_have_no_faces_nor_none(project, write_set):
    _faces.yunet_model(Path("model.onnx"), SIDE)
    out = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE)).save(out, "PNG")
    write_set(Path("pool"), [(out.getvalue(), "en", "nobody")])
    tar = next(Path("pool/images").iterdir())
    tar.write_bytes(tar.read_bytes().replace(out.getvalue()[:60], bytes(60)))
    (row,) = faces.score(sets.located([Path("pool")]), faces.Params(model="model.onnx")).to_pylist()
    assert (row["count"], row["largest"], row["share"]) == (None, None, None)


def test_without_a_detector_it_says_what_to_do(scored):
    with pytest.raises(WeightsError, match=r"no file model\.onnx \(faces\.model\): put a face"):
        scored()


def test_other_weights_have_another_fingerprint(project):
    params = faces.Params(model="model.onnx")
    _faces.yunet_model(Path("model.onnx"), SIDE)
    first = faces.fingerprint(params)
    _faces.yunet_model(Path("model.onnx"), 64)
    assert faces.fingerprint(params) != first
