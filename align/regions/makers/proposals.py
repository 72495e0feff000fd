"""A picture in, class-agnostic proposals out: things by alpha channel or plain ground, and parts.

Needs no weights. Where the ground is plain, what is connected before it is a thing, and boxes are
cut from the picture with its ground made white, as cut-outs are shown to CLIP (Liang et al.,
"Open-vocabulary semantic segmentation with mask-adapted CLIP", 2023, mask with the mean instead).
Elsewhere edges and colours alone propose, and the frame. Scores rank: a thing, all things, a group
of things, a part; they are no probabilities.
"""

from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from align.regions import segments
from align.regions.ground import foreground
from align.regions.makers import Found, Maker
from align.regions.suppression import kept
from curate.stage.params import parameters

_SHOWN = 320  # pixels of the longest side of what boxes are cut from
_FRAME = np.array([[0, 0, 1, 1]], np.float32)
# the least score of a kind, and what a box is given that its piece fills
_THING, _GROUP, _PART = (0.8, 0.2), (0.6, 0.1), (0.2, 0.3)
_WHOLE = 0.75  # score of all things together, and of the frame where there is no ground


@parameters
class Params:
    """How large what is proposed must be."""

    side: Annotated[int, Field(ge=32)] = 160  # pixels of the longest side that is looked at
    thing: Annotated[float, Field(gt=0, le=1)] = 0.002  # share of the picture, at least
    part: Annotated[float, Field(gt=0, le=1)] = 0.02  # the same of a part
    parts: Annotated[int, Field(ge=0)] = 4  # of a picture, at most


def weights(params: Params) -> Path | None:  # noqa: ARG001
    """None: there is no model."""
    return None


def maker(params: Params) -> Maker:
    """What proposes boxes of a picture."""
    cv2.setNumThreads(1)

    def find(picture: Image.Image, alpha: np.ndarray | None) -> Found:
        shown = _small(np.asarray(picture), _SHOWN)
        grid = _small(shown, params.side)
        mask = foreground(grid, None if alpha is None else _resized(alpha, grid))
        rows = _proposed(grid, mask, params)
        if mask is not None:
            shown = _on_white(shown, mask)
        return Found(rows[:, :4], rows[:, 4], None, Image.fromarray(shown))

    return find


def _proposed(grid: np.ndarray, mask: np.ndarray | None, params: Params) -> np.ndarray:
    """Boxes, relative, and scores `(n, 5)`; always one at least."""
    height, width = grid.shape[:2]
    scale = np.array([width, height, width, height], np.float32)
    found = []
    if mask is None or not mask.any():
        found.append(np.append(_FRAME, [[_WHOLE]], 1))
        mask = np.ones((height, width), bool)
    else:
        things = segments.things(mask, params.thing)
        whole = np.array([[*_bounds(mask), 0]], np.float32)
        found.append(_scored(things, _THING, scale))
        found.append(_scored(whole, (_WHOLE, 0), scale))
        if len(things) > 1:
            found.append(_scored(segments.groups(mask, params.thing), _GROUP, scale))
    if params.parts:
        inner = _scored(segments.parts(grid, mask, params.part), _PART, scale)
        found.append(inner[kept(inner[:, :4], inner[:, 4], 0.5, params.parts)])
    return np.concatenate(found).astype(np.float32)


def _scored(rows: np.ndarray, kind: tuple[float, float], scale: np.ndarray) -> np.ndarray:
    """Relative boxes and scores `(n, 5)` of pixels' boxes and how full they are."""
    least, more = kind
    return np.concatenate([rows[:, :4] / scale, least + more * rows[:, 4:]], 1)


def _bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _small(grid: np.ndarray, side: int) -> np.ndarray:
    """Shrunk to a longest side."""
    scale = side / max(grid.shape[:2])
    if scale >= 1:
        return grid
    size = tuple(max(1, round(length * scale)) for length in grid.shape[1::-1])
    return cv2.resize(grid, size, interpolation=cv2.INTER_AREA)


def _resized(alpha: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Alpha of the size of a picture."""
    return cv2.resize(alpha, (grid.shape[1], grid.shape[0]), interpolation=cv2.INTER_AREA)


def _on_white(grid: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture with all that is ground made white."""
    size = (grid.shape[1], grid.shape[0])
    solid = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(np.where(solid[:, :, None] > 0, grid, np.uint8(255)))
