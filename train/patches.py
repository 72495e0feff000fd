"""Pixels in, one visual token for each patch out: a vision-language model of no other network.

A patch of a picture is flattened and projected (ViLT, Kim et al., 2021, after ViT). Embeddings and
layers equal `ViltModel` of transformers.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from train.from_pixels import FromPixels
from train.plan import Plan, Sizes


class Patches(FromPixels):
    """ViLT's: projected patch + position + segment."""

    def build(self, plan: Plan, sizes: Sizes) -> None:
        """Make the weights."""
        self.project = nn.Linear(3 * plan.patch**2, plan.vision_width)
        super().build(plan, sizes)

    def tokens(self, pixels: Tensor) -> Tensor:
        """Standardised pixels `(B, 3, S, S)` to projected patches, `(B, N, D)`."""
        return self.project(F.unfold(pixels, self._patch, stride=self._patch).mT)
