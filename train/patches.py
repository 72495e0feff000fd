"""Pixels in, one visual token for each patch out: a vision-language model without a detector.

A patch of a picture is flattened and projected, a learnt position and a segment are added (ViLT,
Kim et al., 2021, after ViT); a learnt vector before the patches stands for the whole picture
where the plan has such a token. Embeddings and layers equal `ViltModel` of transformers.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.batch import Batch
from train.embeddings import TextEmbedding, VisionEmbedding
from train.encoder import EPSILON
from train.plan import Plan, Sizes

MIDDLE = 0.5  # mean and deviation that pixels are standardised by, as in ViLT


class Patches(VisionEmbedding):
    """ViLT's: projected patch + position + segment.

    Layers whose norms come after get a norm here, which ViLT, whose norms come before, has not.
    A region's hidden state is the mean of the patches' that its box covers, each weighed by the
    area that is covered.
    """

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__(replace(plan, mask_embedding=False), sizes)

    def build(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        """Make the weights."""
        self._side, self._patch = plan.pixels // plan.patch, plan.patch
        self._hide = plan.hide_pixels
        self.project = nn.Linear(3 * plan.patch**2, plan.vision_width)
        self.place = nn.Embedding(self._side**2 + plan.whole_image, plan.vision_width)
        self.segment = nn.Parameter(torch.zeros(plan.vision_width))
        self.picture = nn.Parameter(torch.zeros(plan.vision_width)) if plan.whole_image else None

    def last_norm(self, plan: Plan) -> nn.Module:
        """The norm of the sum, but where layers begin with one or the words' norm follows."""
        if self._shared or plan.norm == "pre":
            return nn.Identity()
        return nn.LayerNorm(plan.vision_width, EPSILON)

    def embed(self, text: TextEmbedding, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Embed the captions and pictures of a batch.

        Returns:
            words `(B, T, D)`; patches `(B, N, D)`, the whole picture's token before them; which
            of these are there: all of a picture that is not withheld.

        Raises:
            ValueError: the batch has no pixels, or not as many as the plan says.
        """
        pixels, side = batch.pixels, self._side * self._patch
        if pixels is None or pixels.shape[1:] != (3, side, side):
            found = "none" if pixels is None else f"of shape {tuple(pixels.shape)}"
            raise ValueError(f"visual: patches needs pixels (B, 3, {side}, {side}), not {found}")
        pixels = (pixels - MIDDLE) / MIDDLE  # of what is hidden: 0, the middle grey
        if self._hide:
            covered = inside(batch.boxes, batch.hidden & batch.regions, side)
            pixels = pixels.masked_fill(covered[:, None], 0.0)
        vision = self.project(F.unfold(pixels, self._patch, stride=self._patch).mT)
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

    def parts(self, hidden: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Hidden states of the patches, `(B, N, E)`, and which of them are there, `(B, N)` bool."""
        patches = hidden[:, int(self._whole) :]
        return patches, _there(patches, batch)

    def regions(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Hidden states of the regions: means over the patches that a box covers, `(B, R, E)`."""
        patches, _ = self.parts(hidden, batch)
        return shares(batch.boxes, self._side).to(patches.dtype) @ patches


def _there(tokens: Tensor, batch: Batch) -> Tensor:
    """Which visual tokens `(B, N, D)` are of a picture that is shown, `(B, N)` bool."""
    there = torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
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
    """How much of what a box covers is each patch's.

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(B, R, 4)`.
        side: patches in a row, and in a column.

    Returns:
        `(B, R, side * side)`, row by row; a box with an area sums to 1, another to 0.
    """
    at = torch.arange(side, device=boxes.device)
    low, high = side * boxes[..., :2, None], side * boxes[..., 2:, None]
    long = (torch.minimum(high, at + 1) - torch.maximum(low, at)).clamp(min=0)
    area = (long[:, :, 1, :, None] * long[:, :, 0, None, :]).flatten(2)
    return area / area.sum(2, keepdim=True).clamp(min=torch.finfo(area.dtype).tiny)
