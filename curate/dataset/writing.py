"""The pixels of a picture in; the lines of text that can be read on it, out.

Text is found and read by RapidOCR with the PP-OCRv6 models that its wheel carries (Apache 2.0);
nothing is downloaded. Only what can be read counts: its detector alone takes any plain coloured
surface for text.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from curate.dataset.errors import WeightsError

Reader = Callable[[np.ndarray], list[tuple[np.ndarray, str]]]
_LEAST, _LONGEST = 16, 16  # pixels, and times them: what is thinner is too much for RapidOCR
_ENLARGED = 736  # pixels of the shorter side, to which a picture is enlarged to be searched


@functools.cache
def reader(confidence: float, longest_side: int | None = None) -> Reader:
    """Function that gives the (4, 2) int32 corners and the text of each line in (H, W, 3) RGB.

    Args:
        confidence: of the reader in a line, at least; 0 to 1.
        longest_side: pixels to which a larger picture is shrunk to be searched, and none is
            enlarged: a sixth of the cost, at 320, for text that shows at that size. None: small
            pictures are enlarged, large ones searched as they are.

    Raises:
        WeightsError: RapidOCR is not installed.
    """
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise WeightsError(
            "text cannot be read without RapidOCR (pip install pairwright[text-area])"
        ) from error
    engine: Any = RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "Global.log_level": "critical",
            "Global.text_score": confidence,
            "Global.use_cls": False,  # lines that stand on their head are rare, and cost as much
            "Global.width_height_ratio": -1,  # long pictures are searched for lines like others
            "Det.limit_side_len": longest_side or _ENLARGED,
            "Det.limit_type": "max" if longest_side else "min",
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
