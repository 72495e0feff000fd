"""A picture in, the boxes of any detector in an ONNX file out; the file is yours.

What its outputs mean is said by `form`, see `align.regions.decoding`.
"""

from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from align.regions.decoding import FORMS, decode
from align.regions.makers import Found, Maker
from curate.dataset.errors import ParamsError
from curate.stage import onnx_model
from curate.stage.params import parameters

_KEY = "label_linked.regions.maker"
_ADVICE = "put an exported detector there, or set maker.kind to proposals, which needs none"
_GREY = 114  # of what a letterboxed picture does not fill, as YOLO is trained with


@parameters
class Params(onnx_model.Input):
    """The detector, and when it is believed."""

    weights: str  # path of an .onnx file
    form: Literal["yolo", "yolov5", "boxes", "detr", "rtdetr"] = "yolo"
    outputs: tuple[str, ...] = ()  # of the model, in the form's order; none: its first ones
    size: Annotated[int, Field(ge=32)] = 640  # pixels, side of the square that the model takes
    fit: Literal["letterbox", "squash"] = "letterbox"  # YOLO: letterbox; (RT-)DETR: squash
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # see `onnx_model.Input`
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    least: Annotated[float, Field(ge=0, le=1)] = 0.1  # score of a box


def weights(params: Params) -> Path:
    """The model's file.

    Raises:
        WeightsError: it is not there.
    """
    return onnx_model.there(params.weights, f"{_KEY}.weights", _ADVICE)


def maker(params: Params) -> Maker:
    """What finds the boxes of a picture.

    Raises:
        ParamsError: the model lacks an output.
        WeightsError: the file is missing, or no model that can be run.
    """
    cv2.setNumThreads(1)
    model = onnx_model.Model(onnx_model.there(params.weights, f"{_KEY}.weights", _ADVICE))
    number, _ = FORMS[params.form]
    if params.outputs and len(params.outputs) != number:
        raise ParamsError(f"{_KEY}.outputs: form {params.form} has {number}: {params.outputs}")
    names = params.outputs or tuple(model.outputs[:number])
    names = tuple(model.output(name, f"{_KEY}.outputs") for name in names)

    def find(picture: Image.Image, alpha: np.ndarray | None) -> Found:  # noqa: ARG001
        square, scale, shift = _fitted(np.asarray(picture), params)
        answers = model.answers(onnx_model.prepared(square, params), names)
        boxes, scores, classes = decode(params.form, answers, (params.size, params.size))
        whole = np.array([picture.width, picture.height] * 2, np.float32)
        boxes = ((boxes - shift) / scale / whole).clip(0, 1).astype(np.float32)
        sure = np.flatnonzero(scores >= params.least)
        return Found(boxes[sure], scores[sure].clip(0, 1), classes[sure], picture)

    return find


def _fitted(grid: np.ndarray, params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A square of the model's size, and what its boxes are scaled and shifted by, `(4,)` each."""
    height, width = grid.shape[:2]
    if params.fit == "squash":
        scale = np.array([params.size / width, params.size / height] * 2, np.float32)
        return grid, scale, np.zeros(4, np.float32)
    factor = params.size / max(height, width)
    size = max(1, round(width * factor)), max(1, round(height * factor))
    left, top = (params.size - size[0]) // 2, (params.size - size[1]) // 2
    square = np.full((params.size, params.size, 3), _GREY, np.uint8)
    inner = cv2.resize(grid, size, interpolation=cv2.INTER_AREA)
    square[top : top + size[1], left : left + size[0]] = inner
    scale = np.array([size[0] / width, size[1] / height] * 2, np.float32)
    return square, scale, np.array([left, top] * 2, np.float32)
