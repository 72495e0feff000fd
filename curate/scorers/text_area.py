"""Pictures in; the share of each that text covers out (T-MARS, Maini et al., 2023).

Text is found and read by RapidOCR with the PP-OCRv6 models that its wheel carries (Apache 2.0);
nothing is downloaded. Only what can be read counts: its detector alone takes any plain coloured
surface for text. It takes about half a CPU second a picture.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset.errors import WeightsError
from curate.dataset.pictures import decoded
from curate.stage.params import parameters

Reader = Callable[[np.ndarray], list[tuple[np.ndarray, str]]]
KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("share", pa.float32()),  # of the picture inside boxes around text, 0 to 1
        pa.field("characters", pa.int32()),  # that were read, spaces aside
    ]
)


_LEAST, _LONGEST = 16, 16  # pixels, and times them: what is thinner is too much for RapidOCR


@parameters
class Params:
    """What counts as text."""

    confidence: Annotated[float, Field(ge=0, le=1)] = 0.6  # of the reader, in a line, at least


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Share of each picture; nulls where the bytes are no picture."""
    cv2.setNumThreads(1)
    read = reader(params.confidence)
    found = [
        {"image": name, **(_measured(np.asarray(picture), read) if picture else {})}
        for name, picture in decoded(rows)
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def _measured(grid: np.ndarray, read: Reader) -> dict[str, float]:
    lines = read(grid)
    covered = np.zeros(grid.shape[:2], np.uint8)  # boxes may overlap
    for box, _ in lines:
        cv2.fillPoly(covered, [box], 1)
    letters = sum(len("".join(text.split())) for _, text in lines)
    return {"share": float(covered.mean()), "characters": letters}


@functools.cache
def reader(confidence: float) -> Reader:
    """Function that gives the (4, 2) int32 corners and the text of each line in (H, W, 3) RGB.

    Raises:
        WeightsError: RapidOCR is not installed.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise WeightsError(
            "the text_area scorer needs RapidOCR (pip install pairwright[text-area])"
        ) from error
    engine: Any = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "Global.log_level": "critical",
            "Global.text_score": confidence,
            "Global.use_cls": False,  # lines that stand on their head are rare, and cost as much
            "Global.width_height_ratio": -1,  # long pictures are searched for lines like others
        }
    )

    def read(grid: np.ndarray) -> list[tuple[np.ndarray, str]]:
        short, long = sorted(grid.shape[:2])
        if short < _LEAST or long > _LONGEST * short:
            return []
        found = engine(np.ascontiguousarray(grid[..., ::-1]))  # it takes B, G, R
        boxes = () if found.boxes is None else found.boxes
        return [
            (np.asarray(box, np.int32), text)
            for box, text in zip(boxes, found.txts or (), strict=True)
        ]

    return read
