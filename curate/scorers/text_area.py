"""Pictures in; the share of each that text covers out (T-MARS, Maini et al., 2023).

Only what can be read counts, see `curate.dataset.writing`. It takes about half a CPU second a
picture.
"""

from typing import Annotated

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset import pictures, writing
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("share", pa.float32()),  # of the picture inside boxes around text, 0 to 1
        pa.field("characters", pa.int32()),  # that were read, spaces aside
    ]
)


@parameters
class Params:
    """What counts as text."""

    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # of the reader, in a line, at least


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Share of each picture; nulls where the bytes are no picture."""
    cv2.setNumThreads(1)
    read = writing.reader(params.confidence)
    return pictures.measured(rows, lambda grid: _measured(grid, read), SCHEMA)


def _measured(grid: np.ndarray, read: writing.Reader) -> dict[str, float]:
    lines = read(grid)
    covered = np.zeros(grid.shape[:2], np.uint8)  # boxes may overlap
    for box, _ in lines:
        cv2.fillPoly(covered, [box], 1)
    letters = sum(len("".join(text.split())) for _, text in lines)
    return {"share": float(covered.mean()), "characters": letters}
