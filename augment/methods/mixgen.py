"""MixGen: two pictures half and half, their captions one after the other (Hao et al., 2022).

Both pictures are whole in it, one seen through the other, so that what either shows is there,
paler; captions that tell of colour, light, sharpness or writing are left alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from augment.composition import mixing
from augment.made import Batch, Context
from augment.methods.mixup import BLEND_FORBIDS, blend, opacity
from augment.words import phrasing
from curate.stage.params import parameters

METHOD = "mixgen"
TABLES = mixing.TABLES
_HALF = 0.5  # as in the paper


@parameters
class Params(mixing.MixingParams):
    """`make.mixgen`."""


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """Every picture of `rows` mixed with a partner of its licence."""
    return mixing.make(rows, context, params, _METHOD)


def remake(recipe: Mapping[str, Any], parents: Sequence[bytes], context: Context) -> bytes:  # noqa: ARG001
    """The made picture's bytes again, from its recipe and both parents' bytes."""
    return mixing.remake(recipe, parents, blend)


def recaption(recipe: Mapping[str, Any], captions: Sequence[str], lang: str) -> str:  # noqa: ARG001
    """The caption again: both parents' ones, joined."""
    first, second = captions
    return phrasing.sentences(first, second, lang)


def _plan(image: str, partner: str, number: int) -> dict[str, Any]:  # noqa: ARG001
    return {"share": _HALF}


_METHOD = mixing.Method(METHOD, BLEND_FORBIDS, _plan, blend, opacity, phrasing.sentences)
