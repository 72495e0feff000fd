"""A picture's pairs and bytes in; its pixels, layout and what its captions say, out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from augment import layout
from augment.facts import Graph
from augment.layout import Layout, Pixels
from augment.transforms import stated
from curate.dataset import pixels

_WHITE = (255, 255, 255)  # what transparency is laid on


class Parent(NamedTuple):
    """A picture that something is made from.

    Attributes:
        pairs: rows of schema `sets.LOCATED`, all of this picture.
        pixels: (H, W, 3), transparency laid on white.
        layout: its ground and margins.
        alpha: (H, W) opacity of a transparent cut-out; None of other pictures.
        graphs: scene graphs of its English captions, by uid.
        alone: lemma of the one object of a transparent cut-out, which its captions name alone.
    """

    pairs: Sequence[dict[str, Any]]
    pixels: Pixels
    layout: Layout
    alpha: Pixels | None
    graphs: Mapping[str, Graph]
    alone: str | None

    @property
    def image(self) -> str:
        """Its name."""
        return str(self.pairs[0]["image"])

    def mask(self) -> Pixels | None:
        """(H, W), from 128 on where a cut-out's object is; None of a picture without a ground."""
        if self.alpha is not None or self.layout.ground is None:
            return self.alpha
        return layout.outline(self.pixels, self.layout.ground)


def read(pairs: Sequence[dict[str, Any]], data: bytes, graphs: Mapping[str, Graph]) -> Parent:
    """A picture of encoded bytes; `graphs` are those of any pairs, by uid.

    Raises:
        ImageError: the bytes are no picture.
    """
    opened = pixels.opened(data)
    image = pixels.upright(pixels.loaded(opened), pixels.orientation(opened))
    grid = np.asarray(pixels.on_white(image))
    own = {pair["uid"]: graphs[pair["uid"]] for pair in pairs if pair["uid"] in graphs}
    alpha = np.asarray(image.getchannel("A")) if image.mode == "RGBA" else None
    if alpha is not None and layout.cut_out(alpha):
        seen = Layout(_WHITE, layout.margin(layout.box(alpha)))
        return Parent(pairs, grid, seen, alpha, own, stated.alone(list(own.values())))
    return Parent(pairs, grid, layout.layout(grid), None, own, None)
