"""Masked region feature regression: the feature of hidden regions is predicted.

The regions are those that masked object classification chose, where both have one rate; one
whose feature was left is no target, since it could be copied. L2 to the standardised feature, on
matched pairs only (ImageBERT's conditional mask).
"""

from torch import nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import masking
from train.batches import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "cosine"


@parameters
class Params:
    """Masked region feature regression."""

    weight: float = 1.0  # factor of the loss
    rate: float = 0.15  # share of the regions that is chosen, 0-1
    kept: float = 0.1  # share of the chosen whose feature stays, 0-1
    overlap: float | None = None  # IoU from which regions are chosen together; null: each alone


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` bool say which are to be predicted."""
    chosen = masking.choose_regions(batch, params.rate, params.overlap, *purpose)
    zeroed = masking.hide_regions(batch, chosen, params.kept, "regions", *purpose)
    batch.targets["mrfr"] = zeroed & batch.matched[:, None]
    batch.counts["mrfr"] = int(batch.targets["mrfr"].sum())


class Head(nn.Module):
    """A fully connected layer to the feature's length."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.feature = nn.Linear(plan.vision_width, sizes.features)

    def forward(self, states: States, batch: Batch) -> Score:
        """Squared error, averaged over a feature's components, and cosine similarity."""
        wanted = batch.targets["mrfr"]
        guess = self.feature(states.vision[wanted]).float()
        truth = states.features[wanted].float()
        losses = (guess - truth).square().mean(-1)
        cosine = F.cosine_similarity(guess.detach(), truth, dim=-1).sum()
        return Score(losses.sum(), cosine, by_pair(losses, wanted))
