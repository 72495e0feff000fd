"""CutMix: a part of the picture is another picture, their captions joined (Yun et al., 2019).

The paper pastes a patch anywhere and may cover what the caption names. Here the patch takes a
side of the picture, and either parent is scaled whole into its part: every pixel of both is
shown, nothing is covered or cut. Captions that tell of sides, of above and below are left alone,
since they would be read of the whole.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from PIL import Image

from augment.composition import mixing
from augment.made import Batch, Context, seed
from curate.stage.params import parameters

METHOD = "cutmix"
TABLES = mixing.TABLES
_FORBIDDEN = (*mixing.FORBIDDEN, "side", "tilt")
_SHARES = (0.4, 0.6)  # of the first picture, least and greatest
_ACROSS = 0.6  # the other side's length, as a share of the side that is cut


@parameters
class Params(mixing.MixingParams):
    """`make.cutmix`."""


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Every picture of `rows` beside a partner of its licence."""
    return mixing.make(rows, context, params, _METHOD)


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and both parents' bytes."""
    return mixing.remake(recipe, parents, _draw)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:  # noqa: ARG001
    """The caption again: both parents' ones, joined."""
    first, second = captions
    return mixing.joined(first, second, lang)


def parts(recipe: Mapping[str, Any]) -> list[tuple[int, int, int, int]]:
    """Boxes (left, top, right, bottom; pixels) of the first picture's part and the second's."""
    length = recipe["longest_side"]
    across, cut = round(length * _ACROSS), round(length * recipe["share"])
    spans = (
        [(0, cut), (cut, length)]
        if recipe["first"]
        else [(length - cut, length), (0, length - cut)]
    )
    if recipe["beside"]:
        return [(start, 0, end, across) for start, end in spans]
    return [(0, start, across, end) for start, end in spans]


def _plan(image: str, partner: str, number: int) -> dict[str, Any]:
    draw = random.Random(seed(METHOD, image, partner, number))
    return {
        "share": round(draw.uniform(*_SHARES), 4),
        "beside": draw.random() < 0.5,  # else one above the other
        "first": draw.random() < 0.5,  # the first picture is left, or on top
    }


def _opaque(recipe: Mapping[str, Any]) -> tuple[float, float]:  # noqa: ARG001
    return 1.0, 1.0


def _draw(first: Image.Image, second: Image.Image, recipe: Mapping[str, Any]) -> Image.Image:
    boxes = parts(recipe)
    size = (max(box[2] for box in boxes), max(box[3] for box in boxes))
    whole = Image.new("RGB", size)
    for image, box in zip((first, second), boxes, strict=True):
        whole.paste(mixing.fitted(image, box[2] - box[0], box[3] - box[1]), box)
    return whole


_METHOD = mixing.Method(METHOD, _FORBIDDEN, _plan, _draw, _opaque, mixing.joined)
