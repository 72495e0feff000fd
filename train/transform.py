"""Hidden states in, hidden states out: the layer that some heads have before they predict."""

from torch import Tensor, nn
from torch.nn import functional as F

from train.encoder import EPSILON


class Transform(nn.Module):
    """BERT's: dense, GELU, layer norm.

    Args:
        width: of the hidden states.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, EPSILON)

    def forward(self, hidden: Tensor) -> Tensor:
        """Hidden states `(..., D)` to `(..., D)`."""
        return self.norm(F.gelu(self.dense(hidden)))


def transform(width: int, deep: bool) -> nn.Module:
    """The layer, or, of a head that is not deep, nothing."""
    return Transform(width) if deep else nn.Identity()
