"""Pairs in; how like their caption the pictures are to a CLIP once their text is painted over, out.

T-MARS (Maini et al., 2023) drops the half of the pairs with the lowest of these similarities: what
only matches its caption by the words in the picture teaches a model to read, not to see. Text is
found as by `text_area`, and filled with the mean colour of what is around it.
"""

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Annotated

import cv2
import numpy as np
import pyarrow as pa
from PIL import Image
from pydantic import Field

from curate import embeddings
from curate.dataset import memory, writing
from curate.dataset.pictures import decoded
from curate.scorers import clip
from curate.stage.params import parameters

KEY, SCHEMA = clip.KEY, clip.SCHEMA
_AROUND = 0.5  # of a line's height, the width of the border whose mean colour fills it


@parameters
class Params:
    """Which CLIP scores, and what counts as text."""

    clip: clip.Params
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # as of `text_area`


def fingerprint(params: Params) -> str:
    """Hash of the CLIP's weights, and the release of what runs the reader's models.

    Raises:
        ParamsError, WeightsError: as of `clip`.
    """
    return memory.fingerprint(clip.fingerprint(params.clip), version("onnxruntime"))


def embed_images(rows: pa.Table, params: Params) -> pa.Table:
    """Vectors of some pictures without their text, one row each; none of what cannot be read."""
    read = writing.reader(params.confidence)
    vectors = clip.encoders(params.clip)[0](_masked(decoded(rows), read))
    return embeddings.raw("images", vectors)


def embed_texts(rows: pa.Table, params: Params) -> pa.Table:
    """Raw vectors of some captions, one row each."""
    return clip.embed_texts(rows, params.clip)


def score(rows: pa.Table, params: Params, found: embeddings.Embeddings) -> pa.Table:
    """Similarity of each pair, from the vectors of its picture and its caption."""
    return clip.score(rows, params.clip, found)


def _masked(
    named: Iterable[tuple[str, Image.Image | None]], read: writing.Reader
) -> Iterator[tuple[str, Image.Image]]:
    for name, picture in named:
        if picture is not None:
            grid = np.array(picture)
            yield name, Image.fromarray(painted(grid, [box for box, _ in read(grid)]))


def painted(grid: np.ndarray, boxes: list[np.ndarray]) -> np.ndarray:
    """A copy of (H, W, 3) with each box (4, 2) filled with the mean colour of its border."""
    text = np.zeros(grid.shape[:2], np.uint8)
    for box in boxes:
        cv2.fillPoly(text, [box], 1)
    out = grid.copy()
    for box in boxes:
        line = cv2.fillPoly(np.zeros_like(text), [box], 1)
        height = np.linalg.norm(box[3] - box[0])
        side = 2 * max(1, round(_AROUND * height)) + 1
        border = cv2.dilate(line, np.ones((side, side), np.uint8)) * (1 - text)
        colour = cv2.mean(grid, border if border.any() else None)[:3]
        out[line > 0] = np.round(colour)
    return out
