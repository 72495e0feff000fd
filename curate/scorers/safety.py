"""Pictures in; what a classifier of your own says of each (unsafe, watermarked), out.

The classifier is a local ONNX file: none is brought along and nothing is downloaded. It gets one
picture in RGB, scaled to its input's size, as float32, and gives one score or one for each class.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset import memory, pictures
from curate.dataset.errors import ParamsError, WeightsError
from curate.dataset.small import LEAST
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("score", pa.float32()),  # of the class asked for; unit as the model's, see Params
    ]
)


@parameters
class Params:
    """The classifier, what it takes and which of its answers is the score."""

    model: str  # path of an .onnx file
    size: Annotated[int, Field(ge=1)] = 224  # pixels, side of the square that the model takes
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)  # of R, G, B from 0 to 1, subtracted
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)  # what is then divided by
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    output: str | None = None  # name of the model's output; null: its first
    index: Annotated[int, Field(ge=0)] = 0  # of the class whose score is kept
    softmax: bool = False  # whether the output is logits, to become probabilities


def fingerprint(params: Params) -> str:
    """The weights that scores depend on."""
    return memory.fingerprint(_file(params))


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Score of each picture; nulls where the bytes are no picture."""
    cv2.setNumThreads(1)
    session, output = _session(params)
    given = session.get_inputs()[0].name
    found = []
    for name, picture in pictures.small(rows, max(LEAST, params.size)):
        value = None
        if picture is not None:
            answer = session.run([output], {given: prepared(picture.grid, params)})
            value = _chosen(np.asarray(answer[0], np.float64).ravel(), params)
        found.append({"image": name, "score": value})
    return pa.Table.from_pylist(found, SCHEMA)


def prepared(grid: np.ndarray, params: Params) -> np.ndarray:
    """(1, 3, size, size) or (1, size, size, 3) float32 of (H, W, 3) uint8, by `layout`."""
    square = cv2.resize(grid, (params.size, params.size), interpolation=cv2.INTER_AREA)
    mean, std = (np.array(numbers, np.float32) for numbers in (params.mean, params.std))
    values = (square.astype(np.float32) / 255 - mean) / std
    return (values if params.layout == "NHWC" else values.transpose(2, 0, 1))[None]


def _chosen(values: np.ndarray, params: Params) -> float:
    if params.index >= len(values):
        raise ParamsError(
            f"score.safety.index is {params.index}; {params.model} gives {len(values)} scores"
        )
    if params.softmax:
        values = np.exp(values - values.max())
        values /= values.sum()
    return float(values[params.index])


def _session(params: Params) -> tuple[Any, str]:
    file = _file(params)
    try:
        import onnxruntime
    except ImportError as error:
        raise WeightsError(
            "the safety scorer needs onnxruntime (pip install pairwright[onnx])"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    except Exception as error:  # it raises classes of its own, undocumented
        raise WeightsError(f"{file} is no ONNX model that can be run: {error}") from error
    known = [output.name for output in session.get_outputs()]
    if params.output is not None and params.output not in known:
        raise ParamsError(
            f"{file} has no output {params.output!r} (score.safety.output; known: "
            f"{', '.join(known)})"
        )
    return session, params.output or known[0]


def _file(params: Params) -> Path:
    file = Path(params.model)
    if not file.is_file():
        raise WeightsError(
            f"no file {file} (score.safety.model): export the NSFW or watermark classifier of your "
            "choice to ONNX and put it there; without one, leave the key `safety` out"
        )
    return file
