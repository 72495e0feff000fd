"""Raw outputs of a detector in; boxes, scores and classes out, for each form that detectors have.

The forms are

yolo    one output (1, 4 + C, N): centre, width, height in pixels, C scores (YOLOv8 and later)
yolov5  one output (1, N, 5 + C): the same with an objectness, which multiplies the scores
boxes   one output (1, N, 5 or 6): x1, y1, x2, y2 in pixels, score, class (YOLOv10, any model
        that was exported together with its non-maximum suppression)
detr    two outputs, logits (1, N, C) and boxes (1, N, 4): centre, width, height relative to the
        input; the last class means no thing (DETR, softmax)
rtdetr  the same without a class for no thing (RT-DETR, Deformable DETR, sigmoid)
"""

from collections.abc import Callable, Sequence

import numpy as np

from curate.dataset.errors import WeightsError

Decoded = tuple[np.ndarray, np.ndarray, np.ndarray]
"""x1, y1, x2, y2 in pixels of the input `(n, 4)`, scores `(n,)`, classes `(n,)`."""


def decode(form: str, outputs: Sequence[np.ndarray], size: tuple[int, int]) -> Decoded:
    """Boxes of one picture.

    Args:
        form: see above.
        outputs: of the model for one picture, as many as the form has.
        size: height and width of the model's input, pixels.

    Raises:
        WeightsError: the outputs do not have the form.
    """
    number, function = FORMS[form]
    fit = len(outputs) >= number and all(one.ndim == 3 and len(one) == 1 for one in outputs)
    found = function([one[0].astype(np.float32) for one in outputs], size) if fit else None
    if found is None:
        shapes = ", ".join(str(one.shape) for one in outputs)
        raise WeightsError(f"outputs of shapes {shapes} are not of the form {form!r}")
    return found


def _yolo(outputs: list[np.ndarray], size: tuple[int, int]) -> Decoded | None:  # noqa: ARG001
    rows = outputs[0].T
    return _best(_corners(rows[:, :4]), rows[:, 4:]) if rows.shape[1] > 4 else None


def _yolov5(outputs: list[np.ndarray], size: tuple[int, int]) -> Decoded | None:  # noqa: ARG001
    rows = outputs[0]
    if rows.shape[1] < 6:
        return None
    return _best(_corners(rows[:, :4]), rows[:, 4:5] * rows[:, 5:])


def _boxes(outputs: list[np.ndarray], size: tuple[int, int]) -> Decoded | None:  # noqa: ARG001
    rows = outputs[0]
    if rows.shape[1] not in (5, 6):
        return None
    classes = rows[:, 5] if rows.shape[1] == 6 else np.zeros(len(rows))
    return rows[:, :4], rows[:, 4], classes.astype(np.int32)


def _detr(outputs: list[np.ndarray], size: tuple[int, int]) -> Decoded | None:
    logits, boxes = outputs[:2]
    if boxes.shape != (len(logits), 4) or logits.shape[1] < 2:
        return None
    values = np.exp(logits - logits.max(1, keepdims=True))
    values /= values.sum(1, keepdims=True)
    return _best(_corners(boxes * _scale(size)), values[:, :-1])


def _rtdetr(outputs: list[np.ndarray], size: tuple[int, int]) -> Decoded | None:
    logits, boxes = outputs[:2]
    if boxes.shape != (len(logits), 4):
        return None
    return _best(_corners(boxes * _scale(size)), 1 / (1 + np.exp(-logits)))


def _corners(boxes: np.ndarray) -> np.ndarray:
    """Centre, width and height to corners."""
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], 1)


def _scale(size: tuple[int, int]) -> np.ndarray:
    return np.array([size[1], size[0], size[1], size[0]], np.float32)


def _best(boxes: np.ndarray, scores: np.ndarray) -> Decoded:
    """Each box with its likeliest class."""
    return boxes, scores.max(1), scores.argmax(1).astype(np.int32)


FORMS: dict[str, tuple[int, Callable[[list[np.ndarray], tuple[int, int]], Decoded | None]]] = {
    "yolo": (1, _yolo),
    "yolov5": (1, _yolov5),
    "boxes": (1, _boxes),
    "detr": (2, _detr),
    "rtdetr": (2, _rtdetr),
}
"""Name of a form -> how many outputs it has, and what reads them."""
