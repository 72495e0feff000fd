"""Words and regions to vectors, before any attention: one row each of the embedding sum."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from train.encoder import EPSILON
from train.plan import Plan, Sizes

TEXT, VISION = 0, 1  # segments


def corners_area(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2 and the area, all relative to the picture (ImageBERT, ViLBERT).

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(..., 4)`.

    Returns:
        `(..., 5)`.
    """
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack([x1, y1, x2, y2, (x2 - x1) * (y2 - y1)], -1)


def corners_size_area(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2, width, height and the area, all relative to the picture (UNITER).

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(..., 4)`.

    Returns:
        `(..., 7)`.
    """
    x1, y1, x2, y2 = boxes.unbind(-1)
    wide, high = x2 - x1, y2 - y1
    return torch.stack([x1, y1, x2, y2, wide, high, wide * high], -1)


def corners(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2 as they are (LXMERT), `(..., 4)`."""
    return boxes


BOXES: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "corners": (4, corners),
    "corners_area": (5, corners_area),
    "corners_size_area": (7, corners_size_area),
}
"""Box encodings: name -> (length, function)."""


class TextEmbedding(nn.Module):
    """BERT's: LN(word + position + segment), with dropout."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.word = nn.Embedding(sizes.vocabulary, plan.width)
        self.position = nn.Embedding(plan.text_tokens, plan.width)
        self.segment = nn.Embedding(2, plan.width)
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        """Token ids `(B, T)` to `(B, T, D)`."""
        place = self.position.weight[: tokens.shape[1]]
        return self.drop(self.norm(self.word(tokens) + place + self.segment.weight[TEXT]))


class VisionEmbedding(nn.Module):
    """ImageBERT's: LN(feature + segment + box + one position that all regions share).

    Features are standardised by buffers (mean and deviation over the training regions), so a
    hidden region, whose standardised feature is zero, looks like the average one. The
    whole-image region is the mean of the regions that are not hidden: it cannot tell what a
    hidden one held.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        length, self._encode = BOXES[plan.box]
        self._whole = plan.whole_image
        self.feature = nn.Linear(sizes.features, plan.width)
        self.box = nn.Linear(length, plan.width)
        self.segment = nn.Parameter(torch.zeros(plan.width))
        self.position = nn.Parameter(torch.zeros(plan.width))
        self.norm = nn.LayerNorm(plan.width, EPSILON)
        self.drop = nn.Dropout(plan.dropout)
        self.register_buffer("mean", torch.zeros(sizes.features))
        self.register_buffer("deviation", torch.ones(sizes.features))

    def standardise(self, features: Tensor) -> Tensor:
        """Features `(..., F)` with the training regions' mean 0 and deviation 1."""
        return (features - self.mean) / self.deviation

    def forward(
        self, features: Tensor, boxes: Tensor, regions: Tensor, hidden: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Embed regions.

        Args:
            features: `(B, R, F)`.
            boxes: x1, y1, x2, y2 in [0, 1], `(B, R, 4)`.
            regions: which regions are there, `(B, R)` bool.
            hidden: which features are zeroed, `(B, R)` bool.

        Returns:
            `(B, R, D)` and which of them are there `(B, R)`; with the whole-image region in
            front, R + 1 of each.
        """
        seen = regions & ~hidden
        features = self.standardise(features) * seen[..., None]
        if self._whole:
            number = seen.sum(1, keepdim=True).clamp(min=1)
            features = torch.cat([(features.sum(1) / number)[:, None], features], 1)
            frame = boxes.new_tensor([0.0, 0.0, 1.0, 1.0]).expand(len(boxes), 1, 4)
            boxes = torch.cat([frame, boxes], 1)
            regions = torch.cat([regions.new_ones(len(regions), 1), regions], 1)
        place = self.box(self._encode(boxes)) + self.segment + self.position
        return self.drop(self.norm(self.feature(features) + place)), regions
