"""Cut-outs in, boxes of one thing in front of another, or on it, out; and whether both show.

One thing is in front of another where it covers a part of it and stands lower. It is on another
where its foot stands on a top that is flat, which is measured on the outlines of both.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augment.composition import composing, placing
from augment.composition.cutouts import HALF
from augment.composition.placing import Place

_RIM = 0.03  # of the canvas
_BACK, _FRONT = (0.68, 0.8), (0.28, 0.38)  # extents of what is behind and of what is in front
_LOWER = (0.02, 0.06)  # of the canvas, that what is in front stands lower
_COVERS, _SEEN = 0.5, 0.65  # shares: of what is in front, over the other; of the other, still seen
_BASE, _STANDING = (0.42, 0.55), (0.2, 0.36)  # extents of what is stood on and of what stands
_LEVEL = 0.04  # of a cut-out's height: how far a flat outline goes up and down
_TOP, _FOOT = 0.5, 0.25  # shares of the width that a flat top has, and the foot of what stands


class Span(NamedTuple):
    """A flat part of an outline, as shares of the cut-out: columns from and to, and the row."""

    start: float
    end: float
    row: float


def behind(
    back: Image.Image, front: Image.Image, canvas: int, draw: random.Random
) -> list[Place] | None:
    """Places of a thing and of another before it; None where there is no room."""
    large = placing.scaled(back.size, draw.uniform(*_BACK), canvas)
    small = placing.scaled(front.size, draw.uniform(*_FRONT), canvas)
    lower = round(draw.uniform(*_LOWER) * canvas)
    rim = round(_RIM * canvas)
    left = draw.randint(rim, canvas - rim - large[0])
    floor = draw.randint(rim + large[1], canvas - rim - lower) if _fits(large, lower, canvas) else 0
    if not floor or small[1] >= floor or small[0] >= large[0]:
        return None
    at = left + draw.randint(0, large[0] - small[0])
    return [(left, floor - large[1], *large), (at, floor + lower - small[1], *small)]


def standing(
    thing: Image.Image, base: Image.Image, canvas: int, draw: random.Random
) -> list[Place] | None:
    """Places of a thing and of another on whose flat top it stands; None: it has none, or no foot.

    The foot, the middle of what touches the ground, is over the top, and nothing is between them.
    """
    top, foot = flat_top(base), flat_top(thing, turned=True)
    if top is None or foot is None:
        return None
    lower = placing.scaled(base.size, draw.uniform(*_BASE), canvas)
    upper = placing.scaled(thing.size, draw.uniform(*_STANDING), canvas)
    rim = round(_RIM * canvas)
    height = upper[1] + lower[1] - round(top.row * lower[1])
    room = (top.end - top.start) * lower[0] - (foot.end - foot.start) * upper[0]
    if height > canvas - 2 * rim or room < 0:
        return None
    left = draw.randint(rim, canvas - rim - lower[0])
    floor = draw.randint(rim + height, canvas - rim)
    start = left + top.start * lower[0] + draw.random() * room - foot.start * upper[0]
    at = round(start)
    if not rim <= at <= canvas - rim - upper[0]:
        return None
    surface = floor - lower[1] + round(top.row * lower[1])
    return [(at, surface - upper[1], *upper), (left, floor - lower[1], *lower)]


def flat_top(base: Image.Image, turned: bool = False) -> Span | None:
    """The longest level part of an object's upper outline, or of its lower one, turned.

    Returns:
        None where it is too short, or another part is higher.
    """
    mask = np.asarray(base)[..., 3] >= HALF
    mask = mask[::-1] if turned else mask
    height, width = mask.shape
    first = np.where(mask.any(axis=0), mask.argmax(axis=0), height)
    level = first <= _LEVEL * height  # the cut-out is cropped to its mask: its top is row 0
    start, end = _longest(level)
    if end - start < (_FOOT if turned else _TOP) * width:
        return None
    return Span(start / width, end / width, float(np.median(first[start:end])) / height)


def both_show(plan: Mapping[str, Any], cutouts: Sequence[Image.Image]) -> bool:
    """Whether of two objects that are drawn one over the other both can be told apart.

    Args:
        plan: recipe of two objects, the covered one first.
        cutouts: of both.
    """
    under = composing.compose({**plan, "objects": plan["objects"][:1]}, cutouts)
    whole = composing.compose(plan, cutouts)
    front = whole.masks[1]
    covers = (under.masks[0] & front).sum() / front.sum()
    return bool(
        covers >= _COVERS
        and whole.visible[0] >= _SEEN
        and composing.stands_out(np.asarray(whole.picture), np.asarray(under.picture), front)
    )


def _fits(size: placing.Shape, lower: int, canvas: int) -> bool:
    return size[1] + lower + 2 * round(_RIM * canvas) <= canvas


def _longest(level: NDArray[np.bool_]) -> tuple[int, int]:
    """Start and end of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], level.astype(np.int8), [0]))))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    most = int((ends - starts).argmax())
    return int(starts[most]), int(ends[most])
