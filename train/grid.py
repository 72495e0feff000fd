"""Pixels in, one visual token for each cell of a convolutional network's map out (Pixel-BERT).

The map's cells are projected and read as they are, with no boxes (Huang et al., 2020); a learnt
position is added to their one segment. While training a random part of them may be read alone
(`sampled`). The network learns with the rest, or stays as it was given (`frozen`): it then has no
gradients and no state of the optimizer, and costs one pass forward.
"""

import torch
from torch import Tensor, nn

from train import backbone
from train.from_pixels import MIDDLE, FromPixels
from train.plan import Plan, Sizes


class Grid(FromPixels):
    """Projected cell + position + segment.

    Pixels are standardised by buffers, since a network's weights go with a mean and a deviation of
    their own (`train.backbone.give`).
    """

    pixel_mean: Tensor
    pixel_deviation: Tensor

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights.

        Raises:
            ParamsError: there is no such network, or it has no map of such cells.
        """
        self.backbone, channels = backbone.make(plan)
        self._frozen = plan.frozen
        self.project = nn.Linear(channels, plan.vision_width)
        self.register_buffer("pixel_mean", torch.full((3, 1, 1), MIDDLE))
        self.register_buffer("pixel_deviation", torch.full((3, 1, 1), MIDDLE))
        super().build(plan, sizes)

    def standardised(self, pixels: Tensor) -> Tensor:
        """See `FromPixels`."""
        return (pixels - self.pixel_mean) / self.pixel_deviation

    def tokens(self, pixels: Tensor) -> Tensor:
        """Standardised pixels `(B, 3, S, S)` to projected cells, row by row, `(B, N, D)`."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self._frozen):
            (cells,) = self.backbone(pixels)
        return self.project(cells.flatten(2).mT)
