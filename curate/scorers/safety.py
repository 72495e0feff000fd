"""Pictures in; what a classifier of your own says of each (unsafe, watermarked), out.

The classifier is a local ONNX file, see `curate.stage.onnx_model`. It gets one picture in RGB,
scaled to its input's size, as float32, and gives one score or one for each class. Several stand
side by side under names of their own: `nsfw: {kind: safety, …}`, `watermark: {kind: safety, …}`.
"""

from typing import Annotated

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset import memory, pictures
from curate.dataset.errors import ParamsError
from curate.dataset.small import LEAST
from curate.stage import onnx_model
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("score", pa.float32()),  # of the class asked for; unit as the model's, see Params
    ]
)
_ADVICE = (
    "export the NSFW or watermark classifier of your choice to ONNX and put it there; without "
    "one, leave the scorer out"
)


@parameters
class Params(onnx_model.Input):
    """The classifier, what it takes and which of its answers is the score."""

    model: str  # path of an .onnx file
    output: str | None = None  # name of the model's output; null: its first
    index: Annotated[int, Field(ge=0)] = 0  # of the class whose score is kept
    softmax: bool = False  # whether the output is logits, to become probabilities


def fingerprint(params: Params) -> str:
    """The weights that scores depend on."""
    return memory.fingerprint(onnx_model.there(params.model, "safety's model", _ADVICE))


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Score of each picture; nulls where the bytes are no picture.

    Raises:
        ParamsError: the model has no such output or class.
        WeightsError: there is no model, or it does not take such pictures.
    """
    cv2.setNumThreads(1)
    model = onnx_model.Model(onnx_model.there(params.model, "safety's model", _ADVICE))
    output = model.output(params.output, "safety's output")
    found = []
    for name, picture in pictures.small(rows, max(LEAST, params.size)):
        value = None
        if picture is not None:
            answer = model.run(onnx_model.prepared(picture.grid, params), output)
            value = _chosen(answer.astype(np.float64).ravel(), params)
        found.append({"image": name, "score": value})
    return pa.Table.from_pylist(found, SCHEMA)


def _chosen(values: np.ndarray, params: Params) -> float:
    if params.index >= len(values):
        raise ParamsError(
            f"index is {params.index}, counted from 0; {params.model} gives {len(values)} scores"
        )
    if params.softmax:
        values = np.exp(values - values.max())
        values /= values.sum()
    return float(values[params.index])
