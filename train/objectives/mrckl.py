"""Masked region classification with soft labels: the whole distribution of classes is predicted.

15% of the regions, all of them zeroed (UNITER, Chen et al., 2020; ViLBERT leaves 10%: `kept`); the
loss is the KL divergence from the labeler's probabilities to the head's, summed over classes and
averaged over regions, on matched pairs only. UNITER's code averages over the classes, too: a
`weight` of 1 / (number of classes) gives its scale. A labeler tells the likeliest classes alone;
all others are taken together as one.
"""

import torch
from torch import Tensor, nn

from curate.stage.params import parameters
from train import masking
from train.batches import Batch
from train.objectives import Score, States
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"
_LEAST = 1e-6  # of a probability whose logarithm is taken


@parameters
class Params:
    """Masked region classification with soft labels."""

    weight: float = 1.0  # factor of the loss
    rate: float = 0.15  # share of the regions that is chosen, 0-1
    kept: float = 0.0  # share of the chosen whose feature stays, 0-1
    overlap: float | None = None  # IoU from which regions are chosen together; null: each alone


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The labeler's probabilities."""
    return ("soft_labels",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` bool say which are to be predicted."""
    chosen = masking.choose_regions(batch, params.rate, params.overlap, *purpose)
    batch.targets["mrckl"] = chosen & batch.matched[:, None]
    batch.counts["mrckl"] = int(batch.targets["mrckl"].sum())
    masking.hide_regions(batch, chosen, params.kept, "regions", *purpose)


class Head(nn.Module):
    """A fully connected layer to the classes."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.classes = nn.Linear(plan.vision_width, sizes.classes)

    def forward(self, states: States, batch: Batch) -> Score:
        """Divergence, and number of regions whose likeliest class is the labeler's."""
        wanted = batch.targets["mrckl"]
        logits = self.classes(states.vision[wanted]).float()
        classes, chances = batch.notes["soft_labels"][wanted], batch.notes["chances"][wanted]
        loss = divergence(logits, classes, chances).sum()
        return Score(loss, (logits.argmax(-1) == classes[:, 0]).sum())


def divergence(logits: Tensor, classes: Tensor, chances: Tensor) -> Tensor:
    """KL divergence to a distribution of which the likeliest classes are known.

    Args:
        logits: of every class, `(n, C)`.
        classes: the likeliest, `(n, S)`.
        chances: their probabilities, `(n, S)`; what is left to 1 is that of all others together.

    Returns:
        `(n,)`, nats.
    """
    guess = logits.log_softmax(-1)
    named = guess.gather(-1, classes)
    rest = (1 - chances.sum(-1)).clamp(min=0)
    others = guess.scatter(-1, classes, -torch.inf).logsumexp(-1).clamp(min=-1e4)
    loss = (torch.xlogy(chances, chances) - chances * named).sum(-1)
    return loss + torch.where(rest > _LEAST, torch.xlogy(rest, rest) - rest * others, 0.0)
