"""Mixup: two pictures blended in drawn shares, their captions joined (Zhang et al., 2018).

The paper draws the share from a Beta distribution and mixes labels by it; a caption is either
said or not, so the share stays between two bounds within which both pictures can be seen.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pyarrow as pa
from PIL import Image
from pydantic import Field

from augment.composition import mixing
from augment.made import Batch, Context, seed
from curate.stage.params import parameters

METHOD = "mixup"
TABLES = mixing.TABLES
BLEND_FORBIDS = (*mixing.FORBIDDEN, "colour", "emblem", "light", "clarity", "writing")


@parameters
class Params(mixing.MixingParams):
    """`make.mixup`."""

    alpha: Annotated[float, Field(gt=0)] = 0.4  # of the Beta distribution
    least: Annotated[float, Field(ge=0.2, le=0.5)] = 0.35  # share of either picture


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Every picture of `rows` mixed with a partner of its licence."""

    def plan(image: str, partner: str, number: int) -> dict[str, Any]:
        draw = random.Random(seed(METHOD, image, partner, number))
        share = draw.betavariate(params.alpha, params.alpha)
        return {"share": round(min(max(share, params.least), 1 - params.least), 4)}

    method = mixing.Method(METHOD, BLEND_FORBIDS, plan, blend, opacity, mixing.joined)
    return mixing.make(rows, context, params, method)


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and both parents' bytes."""
    return mixing.remake(recipe, parents, blend)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:  # noqa: ARG001
    """The caption again: both parents' ones, joined."""
    first, second = captions
    return mixing.joined(first, second, lang)


def blend(first: Image.Image, second: Image.Image, recipe: Mapping[str, Any]) -> Image.Image:
    """Two whole pictures in one square; the recipe's `share` is the first one's."""
    side = min(recipe["longest_side"], max(*first.size, *second.size))
    squares = [mixing.fitted(image, side, side) for image in (first, second)]
    return Image.blend(squares[1], squares[0], recipe["share"])


def opacity(recipe: Mapping[str, Any]) -> tuple[float, float]:
    """Share of its contrast that either picture keeps in the blend."""
    return recipe["share"], 1 - recipe["share"]
