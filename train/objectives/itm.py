"""Image-text matching: does the caption belong to the picture? Label 1 = it does, always.

Negatives come with the batch (`train/batches.py`), in both directions: another caption for the
picture, or another picture for the caption. A fully connected layer on the pair's
pooled vector (ImageBERT: [CLS]).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train.batches import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Image-text matching."""

    weight: float = 1.0  # factor of the loss


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B,)`: 1.0 for a match, 0.0 else."""
    batch.targets["itm"] = batch.matched.float()
    batch.counts["itm"] = len(batch.matched)


class Head(nn.Module):
    """One logit from the pair's pooled vector."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.match = nn.Linear(plan.pooled_width, 1)

    def logits(self, states: States) -> Tensor:
        """Log-odds that caption and picture belong together, `(B,)`."""
        return self.match(states.pooled).squeeze(-1).float()

    def forward(self, states: States, batch: Batch) -> Score:
        """Binary cross-entropy and number of pairs that are judged rightly."""
        logits, targets = self.logits(states), batch.targets["itm"]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        right = ((logits > 0) == (targets > 0.5)).sum()
        return Score(
            losses.sum(), right, by_pair(losses, torch.ones_like(targets, dtype=torch.bool))
        )
