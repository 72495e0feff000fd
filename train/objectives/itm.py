"""Image-text matching: does the caption belong to the picture? Label 1 = it does, always.

Negatives come with the batch (`train/batches.py`), in both directions: another caption for the
picture, or another picture for the caption. A fully connected layer on the pair's
pooled vector (ImageBERT: [CLS]).
"""

from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train.batches import Batch
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"
MATCHING = True  # a batch shall hold pairs that do not match


@parameters
class Params:
    """Image-text matching."""

    weight: float = 1.0  # factor of the loss


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(B,)`: 1.0 for a match, 0.0 for none, -1.0 for a caption without a picture."""
    targets = batch.matched.float()
    if batch.withheld is not None:
        targets = targets.masked_fill(batch.withheld, -1.0)
    batch.targets["itm"] = targets
    batch.counts["itm"] = int((targets >= 0).sum())


def answers(batch: Batch) -> Tensor:
    """1 for each match and 0 for each other pair with a picture, `(n,)`."""
    targets = batch.targets["itm"]
    return targets[targets >= 0].long()


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
        wanted = batch.targets["itm"] >= 0
        logits, targets = self.logits(states)[wanted], batch.targets["itm"][wanted]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        right = ((logits > 0) == (targets > 0.5)).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted))
