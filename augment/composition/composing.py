"""A recipe and its parents' bytes in, the composed picture and where its objects are out.

Of the recipe this reads `canvas` (width, height), `ground` (RGB, or the number of the picture that
is drawn before, as `{"parent": 2}`), `quality` and `objects`, each with `parent` (number of the
picture that it is cut out of), `box` (left, top, width, height; pixels) into which the object is
scaled and perhaps `colour` that it is painted in; they are drawn in this order.
"""

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augment.composition.colours import painted
from augment.composition.cutouts import HALF, bounds, cut_out
from augment.composition.filling import filling
from augment.made import encode
from curate.dataset import marks

Pixels = NDArray[Any]
Box = tuple[int, int, int, int]  # left, top, right, bottom; pixels
GROUNDS = (
    (255, 255, 255), (242, 242, 242), (200, 200, 200), (120, 120, 120), (40, 40, 40),
    (250, 235, 215), (214, 234, 248), (213, 245, 227), (252, 228, 236), (255, 249, 196),
    (33, 47, 90), (22, 84, 60), (92, 35, 60), (96, 66, 40),
)  # fmt: skip
_UNLIKE = 48  # of 255: an object's pixel this far from the ground stands out
_STANDS_OUT = 0.85  # share of an object's pixels, and of its outline, that stand out
_GAP = 0.02  # of the canvas: the least between what stands beside or above another
_FACING = 0.5  # of the shorter span: what two boxes beside each other share of the other axis


class Composed(NamedTuple):
    """A drawn picture.

    Attributes:
        picture: RGB, before it is encoded.
        masks: (H, W) of each object, as it is visible.
        boxes: of each object's mask, before another could cover it.
        visible: share of each object's pixels that none covers.
    """

    picture: Image.Image
    masks: list[NDArray[np.bool_]]
    boxes: list[Box]
    visible: list[float]


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes]) -> bytes:
    """The encoded picture of a recipe and its parents' encoded bytes.

    Raises:
        ImageError: a parent is no cut-out, or fills no frame.
    """
    side, behind = recipe["canvas"][0], _backdrop(recipe)
    pictures = [
        filling(data, side) if number == behind else cut_out(data)
        for number, data in enumerate(parents)
    ]
    return encoded(compose(recipe, pictures).picture, recipe)


def encoded(picture: Image.Image, recipe: Mapping[str, Any]) -> bytes:
    """A composed, or mixed, picture as its recipe says; it names `method` and `images`, too."""
    mark = marks.Mark(marks.COMPOSED, recipe["method"], recipe["images"])
    return encode(picture, recipe["quality"], mark)


def compose(recipe: Mapping[str, Any], cutouts: Sequence[Image.Image]) -> Composed:
    """Draw the objects of a recipe on its ground; a picture to draw before is among the others."""
    behind = _backdrop(recipe)
    if behind is None:
        canvas = Image.new("RGB", tuple(recipe["canvas"]), tuple(recipe["ground"]))
    else:
        canvas = cutouts[behind].copy()
    masks: list[NDArray[np.bool_]] = []
    boxes, sizes = [], []
    for item in recipe["objects"]:
        left, top, width, height = item["box"]
        cutout = cutouts[item["parent"]]
        if "colour" in item:
            cutout = painted(cutout, item["colour"])
        scaled = cutout.resize((width, height), Image.Resampling.LANCZOS)
        canvas.paste(scaled, (left, top), scaled)
        mask = np.zeros((canvas.height, canvas.width), bool)
        mask[top : top + height, left : left + width] = np.asarray(scaled)[..., 3] >= HALF
        for earlier in masks:
            earlier &= ~mask
        masks.append(mask)
        boxes.append(bounds(mask))
        sizes.append(int(mask.sum()))
    visible = [float(mask.sum() / size) for mask, size in zip(masks, sizes, strict=True)]
    return Composed(canvas, masks, boxes, visible)


def _backdrop(recipe: Mapping[str, Any]) -> int | None:
    ground = recipe["ground"]
    return int(ground["parent"]) if isinstance(ground, Mapping) else None


def ground_for(cutouts: Sequence[Image.Image], draw: random.Random) -> tuple[int, int, int] | None:
    """A drawn colour from which every object stands out, or None where there is none."""
    for colour in draw.sample(GROUNDS, len(GROUNDS)):
        if all(_stands_out(cutout, colour) for cutout in cutouts):
            return colour
    return None


def relations(boxes: Sequence[Box], canvas: int) -> list[tuple[int, str, int]]:
    """(object, left of, right of, above or below, object) of all that are plainly so.

    Two boxes are beside each other where there is a gap between them and each sees half of the
    shorter one across it; likewise above and below. Nothing is told of what is aslant.

    Args:
        boxes: of the objects.
        canvas: pixels of the picture's longer side.
    """
    found = []
    for (i, a), (j, b) in itertools.permutations(enumerate(boxes), 2):
        for axis, before, after in ((0, "left of", "right of"), (1, "above", "below")):
            if b[axis] - a[axis + 2] >= _GAP * canvas and _facing(a, b, 1 - axis):
                found += [(i, before, j), (j, after, i)]
    return found


def _facing(a: Box, b: Box, axis: int) -> bool:
    shared = min(a[axis + 2], b[axis + 2]) - max(a[axis], b[axis])
    return shared >= _FACING * min(a[axis + 2] - a[axis], b[axis + 2] - b[axis])


def _stands_out(cutout: Image.Image, ground: tuple[int, int, int]) -> bool:
    """Whether most of an object, and most of its outline, has another colour than the ground."""
    shown = np.asarray(cutout.resize((64, 64), Image.Resampling.BILINEAR))
    return stands_out(shown[..., :3], np.asarray(ground), shown[..., 3] >= HALF)


def stands_out(shown: Pixels, ground: Pixels, mask: NDArray[np.bool_]) -> bool:
    """Whether most of an object, and most of its outline, is unlike what it is drawn over.

    Args:
        shown: (H, W, 3), with the object.
        ground: (H, W, 3) without it, or (3,), a colour.
        mask: (H, W) of the object.
    """
    far = np.abs(shown.astype(np.int16) - ground.astype(np.int16)).max(axis=2) > _UNLIKE
    (height, width), padded = mask.shape, np.pad(mask, 2)
    inner = np.logical_and.reduce(
        [
            padded[2 + y : 2 + y + height, 2 + x : 2 + x + width]
            for y in (-2, 0, 2)
            for x in (-2, 0, 2)
        ]
    )
    outline = mask & ~inner
    return bool(far[mask].mean() >= _STANDS_OUT and far[outline].mean() >= _STANDS_OUT)
