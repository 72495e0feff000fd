"""A twin's recipe and what was drawn by it in; whether the one fact is seen to differ, out.

A twin is drawn over its parent to a caption that differs from the parent's in one fact, which the
recipe names under `twin`: `caption` (the parent's), `kind`, `was` and `becomes` (in the words of
the captions), and `margin`. A CLIP must find either picture nearer to its own caption than to the
other's by that margin (cosine): one that takes the parent for the twin proves nothing of it. A
colour is measured, too: what was drawn must plainly have the one that is told, and no other.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image

from augment.composition import colours
from augment.diffusion.drawing import Over
from curate.dataset.truth import ATTRIBUTE

UNKNOWN = "the judge takes the parent for its twin"
UNPROVEN = "no nearer to its caption than to its parent's"
MISCOLOURED = "not plainly of the colour told"


class Doubt(NamedTuple):
    """Why a twin is not proven."""

    reason: str
    detail: str


def of_parent(recipe: Mapping[str, Any], own: float, twins: float) -> Doubt | None:
    """Whether a parent's picture is told from its twin.

    Args:
        recipe: of the twin.
        own: cosine of the parent's picture with its caption.
        twins: and with the twin's.
    """
    if own - twins >= recipe["twin"]["margin"]:
        return None
    return Doubt(UNKNOWN, f"cosine {own:.3f} with its caption, {twins:.3f} with its twin's")


def of_drawn(
    recipe: Mapping[str, Any], own: float, parents: float, over: Over, picture: Image.Image
) -> Doubt | None:
    """Whether what was drawn is told from its parent.

    Args:
        recipe: of the twin.
        own: cosine of what was drawn with its caption.
        parents: and with the parent's.
        over: what was drawn over.
        picture: what was drawn, as large.
    """
    twin = recipe["twin"]
    if not own - parents >= twin["margin"]:  # nor where either is no number
        told = f"cosine {own:.3f} with its caption, {parents:.3f} with its parent's"
        return Doubt(UNPROVEN, told)
    if twin["kind"] == ATTRIBUTE:
        shown = colours.shares(over.cut_out(picture))
        if colours.plain(shown) != twin["becomes"]:
            most = max(shown, key=lambda colour: shown[colour])
            return Doubt(MISCOLOURED, f"{twin['becomes']}, and {shown[most]:.2f} of it is {most}")
    return None
