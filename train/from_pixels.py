"""Pixels in, visual tokens that stand in rows and columns out: what needs no detector.

What the tokens are is a matter of the kind: patches (`train/patches.py`) or the cells of a
convolutional network's map (`train/grid.py`). All have a learnt position and a segment, a learnt
vector before them that stands for the whole picture where the plan has such a token, and regions
that are means over the tokens that a box covers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from train.batch import Batch
from train.embeddings import TextEmbedding, VisionEmbedding
from train.encoder import EPSILON
from train.plan import Plan, Sizes

MIDDLE = 0.5  # mean and deviation that pixels are standardised by, as in ViLT


class FromPixels(VisionEmbedding):
    """Tokens of a picture's places + position + segment.

    Layers whose norms come after get a norm here, which ViLT, whose norms come before, has not.
    A region's hidden state is the mean of the tokens' that its box covers, each weighed by the
    area that is covered.
    """

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__(replace(plan, mask_embedding=False), sizes)
        self._held: dict[int, Tensor] | None = None

    def build(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        """Make the weights that all kinds have."""
        self._side, self._patch = plan.pixels // plan.patch, plan.patch
        self._kind, self._hide = plan.visual, plan.hide_pixels
        self.place = nn.Embedding(plan.cells + plan.whole_image, plan.vision_width)
        self.segment = nn.Parameter(torch.zeros(plan.vision_width))
        self.picture = nn.Parameter(torch.zeros(plan.vision_width)) if plan.whole_image else None

    def standardised(self, pixels: Tensor) -> Tensor:
        """RGB in [0, 1], `(B, 3, S, S)`, as the tokens are made of it; what is hidden becomes 0."""
        return (pixels - MIDDLE) / MIDDLE

    def tokens(self, pixels: Tensor) -> Tensor:
        """Standardised pixels `(B, 3, S, S)` to what is seen at each place, `(B, N, D)`."""
        raise NotImplementedError

    def last_norm(self, plan: Plan) -> nn.Module:
        """The norm of the sum, but where layers begin with one or the words' norm follows."""
        if self._shared or plan.norm == "pre":
            return nn.Identity()
        return nn.LayerNorm(plan.vision_width, EPSILON)

    def embed(self, text: TextEmbedding, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Embed the captions and pictures of a batch.

        Returns:
            words `(B, T, D)`; tokens `(B, N, D)`, the whole picture's before them; which of these
            are there: of a picture that is not withheld all, or those that were sampled.

        Raises:
            ValueError: the batch has no pixels, or not as many as the plan says.
        """
        pixels, side = batch.pixels, self._side * self._patch
        if pixels is None or pixels.shape[1:] != (3, side, side):
            found = "none" if pixels is None else f"of shape {tuple(pixels.shape)}"
            raise ValueError(
                f"visual: {self._kind} needs pixels (B, 3, {side}, {side}), not {found}"
            )
        if self._held is None or batch.pairs is None:
            vision = self.tokens(self._shown(pixels, batch))
        else:
            vision = self._once(self._held, pixels, batch)
        if self.picture is not None:
            first = self.picture.expand(len(vision), 1, -1).to(vision)
            vision = torch.cat([first, vision], 1)
        vision = self.drop(self.norm(vision + self.place.weight + self.segment))
        there = _there(vision, batch)
        said = text(batch.tokens, batch.notes.get("entities"), batch.second)
        return said, text.finish(vision) if self._shared else vision, there

    def projection(self) -> Tensor:
        """Nothing: no features of regions are read."""
        return torch.empty(0)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """While it lasts each row's picture is looked at once, whatever captions it stands beside.

        It is for where nothing is hidden and nothing learnt.
        """
        self._held = {}
        try:
            yield
        finally:
            self._held = None

    def _shown(self, pixels: Tensor, batch: Batch) -> Tensor:
        """Standardised pixels, those of hidden regions zeroed where the plan says so."""
        pixels = self.standardised(pixels)
        if not self._hide:
            return pixels
        covered = inside(batch.boxes, batch.hidden & batch.regions, pixels.shape[-1])
        return pixels.masked_fill(covered[:, None], 0.0)

    def _once(self, held: dict[int, Tensor], pixels: Tensor, batch: Batch) -> Tensor:
        """What is seen at each place, `(B, N, D)`, of rows that were not seen before alone."""
        assert batch.pairs is not None
        rows, first = np.unique(batch.pairs.pictures, return_index=True)
        new = [at for row, at in zip(rows.tolist(), first, strict=True) if row not in held]
        if new:
            seen = self.tokens(self.standardised(pixels[new]))
            held.update(zip(batch.pairs.pictures[new].tolist(), seen, strict=True))
        return torch.stack([held[row] for row in batch.pairs.pictures.tolist()])

    def parts(self, hidden: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Hidden states of the tokens, `(B, N, E)`, and which of them are there, `(B, N)` bool."""
        tokens = hidden[:, int(self._whole) :]
        return tokens, _there(tokens, batch)

    def regions(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Hidden states of the regions: means over the tokens that a box covers, `(B, R, E)`."""
        tokens, there = self.parts(hidden, batch)
        weights = shares(batch.boxes, self._side)
        if batch.cells is not None:
            weights = _whole(weights * there[:, None])
        return weights.to(tokens.dtype) @ tokens


def _there(tokens: Tensor, batch: Batch) -> Tensor:
    """Which visual tokens `(B, N, D)` are read of a picture that is shown, `(B, N)` bool."""
    there = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
    if batch.cells is not None:  # the whole picture's, in front, is always read
        there[:, there.shape[1] - batch.cells.shape[1] :] = batch.cells
    return there if batch.withheld is None else there & ~batch.withheld[:, None]


def inside(boxes: Tensor, chosen: Tensor, side: int) -> Tensor:
    """Which pixels lie in one of the chosen boxes, if only in part.

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(B, R, 4)`.
        chosen: which boxes count, `(B, R)` bool.
        side: of the picture, in pixels.

    Returns:
        `(B, side, side)` bool: rows, then columns.
    """
    at = torch.arange(side, device=boxes.device)
    first, last = (side * boxes[..., :2]).floor(), (side * boxes[..., 2:]).ceil()
    within = (at >= first[..., None]) & (at < last[..., None])
    columns, rows = within[:, :, 0] & chosen[..., None], within[:, :, 1]
    return (rows.mT.float() @ columns.float()) > 0


def shares(boxes: Tensor, side: int) -> Tensor:
    """How much of what a box covers is each token's.

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(B, R, 4)`.
        side: tokens in a row, and in a column.

    Returns:
        `(B, R, side * side)`, row by row; a box with an area sums to 1, another to 0.
    """
    at = torch.arange(side, device=boxes.device)
    low, high = side * boxes[..., :2, None], side * boxes[..., 2:, None]
    long = (torch.minimum(high, at + 1) - torch.maximum(low, at)).clamp(min=0)
    area = (long[:, :, 1, :, None] * long[:, :, 0, None, :]).flatten(2)
    return _whole(area)


def _whole(weights: Tensor) -> Tensor:
    """Weights `(..., N)` that sum to 1, or to 0 where all are 0."""
    return weights / weights.sum(-1, keepdim=True).clamp(min=torch.finfo(weights.dtype).tiny)
