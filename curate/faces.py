"""Pictures in; boxes around the faces in them, as a detector of your own finds them, out.

The detector is a local ONNX file, of one of two forms:

    yunet   of OpenCV's model zoo (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023;
            face_detection_yunet_2023mar.onnx); OpenCV runs it, at the picture's own shape
    boxes   any other whose output has a row x1, y1, x2, y2, score for each face, in pixels of the
            square that it is given, as detectors have that were exported together with their
            non-maximum suppression; `curate.stage.onnx_model` runs it
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import Field

from curate.dataset.errors import WeightsError
from curate.stage import onnx_model
from curate.stage.params import parameters

_ADVICE = (
    "put a face detector there, such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo; "
    "without one, set it to null"
)
_OVERLAP = 0.3  # of two of YuNet's boxes, above which the weaker one goes: OpenCV's own
_MOST = 5000  # boxes of a picture

Detector = Callable[[np.ndarray], np.ndarray]


@parameters
class Params(onnx_model.Input):
    """The detector, and when it is believed."""

    model: str | None = None  # path of an .onnx file; null: nobody looks for faces
    form: Literal["yunet", "boxes"] = "yunet"
    # yunet: pixels of the longest side, to which larger pictures are shrunk; boxes: of the square
    size: Annotated[int, Field(ge=32)] = 640
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # boxes: see `onnx_model.Input`
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)  # boxes: as mean
    output: str | None = None  # boxes: name of the model's output; null: its first
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # least score of a face


def weights(params: Params, where: str) -> Path:
    """The detector's file.

    Args:
        params: of the detector.
        where: the section that they stand in, for errors.

    Raises:
        WeightsError: there is none.
    """
    return onnx_model.there(str(params.model), f"{where}.model", _ADVICE)


def detector(params: Params, where: str) -> Detector:
    """What finds the boxes x1, y1, x2, y2 (n, 4) int, whole pixels, of a picture (H, W, 3) RGB.

    Boxes lie within the picture and are sorted, so that they follow from the picture alone.

    Args:
        params: of the detector.
        where: the section that they stand in, for errors.

    Raises:
        WeightsError: the model cannot be loaded, or gives something else.
    """
    cv2.setNumThreads(1)
    find = (_yunet if params.form == "yunet" else _boxes)(weights(params, where), params, where)

    def found(grid: np.ndarray) -> np.ndarray:
        height, width = grid.shape[:2]
        boxes = find(grid)
        ends = np.hstack([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])])
        ends = np.clip(ends, 0, [width, height, width, height]).astype(np.int64)
        ends = ends[(ends[:, 2] > ends[:, 0]) & (ends[:, 3] > ends[:, 1])]
        return np.unique(ends, axis=0)

    return found


def _yunet(file: Path, params: Params, where: str) -> Detector:
    try:
        model = cv2.FaceDetectorYN.create(
            str(file), "", (params.size, params.size), params.confidence, _OVERLAP, _MOST
        )
    except cv2.error as error:
        raise WeightsError(
            f"{file} is no model that OpenCV can run: {str(error).splitlines()[0]}"
        ) from error

    def find(grid: np.ndarray) -> np.ndarray:
        height, width = grid.shape[:2]
        scale = min(1.0, params.size / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        shrunk = cv2.resize(grid, size, interpolation=cv2.INTER_AREA)
        model.setInputSize(size)
        try:
            _, rows = model.detect(cv2.cvtColor(shrunk, cv2.COLOR_RGB2BGR))
        except cv2.error as error:
            raise WeightsError(
                f"{file} does not answer as YuNet does ({where}.form; for others: boxes): "
                f"{str(error).splitlines()[0]}"
            ) from error
        if rows is None:
            return np.empty((0, 4))
        corner, extent = rows[:, :2].astype(np.float64), rows[:, 2:4].astype(np.float64)
        ratio = np.array([width, height]) / size
        return np.hstack([corner * ratio, (corner + extent) * ratio])

    return find


def _boxes(file: Path, params: Params, where: str) -> Detector:
    model = onnx_model.Model(file)
    output = model.output(params.output, f"{where}.output")

    def find(grid: np.ndarray) -> np.ndarray:
        answer = model.run(onnx_model.prepared(grid, params), output)
        if answer.ndim not in (2, 3) or answer.shape[-1] < 5:
            raise WeightsError(
                f"{file} gives {' x '.join(map(str, answer.shape))} numbers, not rows of x1, y1, "
                f"x2, y2, score ({where}.form: boxes)"
            )
        rows = answer.reshape(-1, answer.shape[-1]).astype(np.float64)
        rows = rows[rows[:, 4] >= params.confidence]
        height, width = grid.shape[:2]
        return rows[:, :4] * (np.array([width, height, width, height]) / params.size)

    return find
