"""Supervised grounding: for each token of a phrase, the regions that the phrase names.

The labeler `grounding` says which; a token's hidden state is compared with those of the regions,
as attention would, and the loss is the cross-entropy of their softmax to the labeler's shares
(word-region supervision as MDETR, Kamath et al., 2021, with shares as targets). On matched pairs
whose phrases are grounded.
"""

import torch
from torch import Tensor, nn

from curate.stage.params import parameters
from train.batch import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Least0, Share
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Supervised grounding."""

    weight: Least0 = 1.0  # factor of the loss
    least: Share = 0.0  # how sure the labeler must be that a phrase names a region, 0-1


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """Which regions a phrase names."""
    return ("alignments",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B, T, R)`: shares of the regions; each row sums to 1, or is 0 for no target."""
    aligned = batch.notes["aligned"] * batch.matched[:, None, None]
    aligned = torch.where(aligned >= params.least, aligned, 0.0)
    total = aligned.sum(-1, keepdim=True)
    batch.targets["grounding"] = torch.where(total > 0, aligned / total.clamp(min=_TINY), 0.0)
    batch.counts["grounding"] = int((total > 0).sum())


def by_lot(batch: Batch) -> Tensor:
    """Sum over the tokens of the share of the picture's regions that their phrase names."""
    named = (batch.targets["grounding"] > 0).sum((1, 2))
    return (named / batch.regions.sum(1).clamp(min=1)).sum()


class Head(nn.Module):
    """A query of each token and a key of each region."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.query = nn.Linear(plan.width, plan.width)
        self.key = nn.Linear(plan.vision_width, plan.width)

    def logits(self, states: States, regions: Tensor) -> Tensor:
        """Log-odds of each region for each token, `(B, T, R)`; -inf where there is no region."""
        query, key = self.query(states.text), self.key(states.vision)
        found = (query @ key.transpose(1, 2)).float() / query.shape[-1] ** 0.5
        return found.masked_fill(~regions[:, None, :], -torch.inf)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy, and number of tokens whose likeliest region is one that is named."""
        targets = batch.targets["grounding"]
        wanted = targets.sum(-1) > 0
        logits, shares = self.logits(states, batch.regions)[wanted], targets[wanted]
        guess = logits.log_softmax(-1)
        each = torch.where(shares > 0, shares * guess, 0.0)
        best = shares.gather(-1, logits.argmax(-1, keepdim=True))
        return Score(-each.sum(), (best > 0).sum(), by_pair(-each.sum(-1), wanted))


_TINY = 1e-12  # keeps what has no target from dividing by zero
