"""A picture's pairs and bytes in; its pixels, layout and what its captions say, out."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from augment import layout
from augment.facts import Graph
from augment.layout import Box, Layout, Pixels
from augment.transforms import stated
from augment.words import caption_words
from curate.dataset import pixels

_WHITE = (255, 255, 255)  # what transparency is laid on
CUT_OUT, MENTIONED, UNPLACED = "cut-out", "mentioned object", "mentioned somewhere"
"""Why a picture may not be cropped: it shows an object on a ground that a crop would cut into, or
a mentioned object whose box it would cut into, or a caption mentions something whose box nobody
knows."""


class Parent(NamedTuple):
    """A picture that something is made from.

    Attributes:
        pairs: rows of schema `sets.LOCATED`, all of this picture.
        pixels: (H, W, 3), transparency laid on white.
        layout: its ground and margins.
        alpha: (H, W) opacity of a transparent cut-out; None of other pictures.
        graphs: scene graphs of its English captions, by uid.
        alone: lemma of the one object of a transparent cut-out, which its captions name alone.
        boxes: of everything that its captions mention; None where one is not known.
    """

    pairs: Sequence[dict[str, Any]]
    pixels: Pixels
    layout: Layout
    alpha: Pixels | None
    graphs: Mapping[str, Graph]
    alone: str | None
    boxes: Sequence[Box] | None

    @property
    def image(self) -> str:
        """Its name."""
        return str(self.pairs[0]["image"])

    @property
    def shown(self) -> str:
        """What a crop must leave whole, as the reason why there is none: its object, or objects."""
        if self.alpha is not None or self.layout.ground is not None:
            return CUT_OUT
        return UNPLACED if self.boxes is None else MENTIONED

    def mask(self) -> Pixels | None:
        """(H, W), from 128 on where what is `shown` lies; None where nobody knows."""
        if self.alpha is not None:
            return self.alpha
        if self.layout.ground is not None:
            return layout.outline(self.pixels, self.layout.ground)
        return None if self.boxes is None else layout.spanned(self.boxes, self.pixels.shape)

    def tight(self) -> bool:
        """Whether every crop could cut into what is `shown`."""
        if self.shown == CUT_OUT:
            return self.layout.margin <= 0
        mask = self.mask()
        return mask is None or layout.cut_into(mask)


def read(
    pairs: Sequence[dict[str, Any]],
    data: bytes,
    graphs: Mapping[str, Graph],
    boxes: Mapping[str, Sequence[Box]],
) -> Parent:
    """A picture of encoded bytes.

    Args:
        pairs: its own.
        data: its bytes.
        graphs: scene graphs of any pairs, by uid.
        boxes: of everything that a caption mentions, by uid, where all are known.

    Raises:
        ImageError: the bytes are no picture.
    """
    opened = pixels.opened(data)
    image = pixels.upright(pixels.loaded(opened), pixels.orientation(opened))
    grid = np.asarray(pixels.on_white(image))
    own = {pair["uid"]: graphs[pair["uid"]] for pair in pairs if pair["uid"] in graphs}
    there = _mentioned(pairs, boxes)
    alpha = np.asarray(image.getchannel("A")) if image.mode == "RGBA" else None
    if alpha is not None and layout.cut_out(alpha):
        seen = Layout(_WHITE, layout.margin(layout.box(alpha)))
        return Parent(pairs, grid, seen, alpha, own, stated.alone(list(own.values())), there)
    return Parent(pairs, grid, layout.layout(grid), None, own, None, there)


def _mentioned(
    pairs: Sequence[dict[str, Any]], boxes: Mapping[str, Sequence[Box]]
) -> Sequence[Box] | None:
    """The boxes of all captions that can go with a made picture; None where one's are not known."""
    told = [pair["uid"] for pair in pairs if caption_words.covered(pair["lang"])]
    if not all(uid in boxes for uid in told):
        return None
    return [box for uid in told for box in boxes[uid]]
