"""Masked object classification: the class of hidden regions is predicted.

15% of the regions, whose feature is zeroed (90%) or left (10%); the target is the region's
pseudo-label; on matched pairs only (ImageBERT's conditional mask).
"""

import torch
from torch import nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train import masking
from train.batches import Batch
from train.objectives import IGNORED, Score, States, by_pair
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Masked object classification."""

    weight: float = 1.0  # factor of the loss
    rate: float = 0.15  # share of the regions that is chosen, 0-1
    kept: float = 0.1  # share of the chosen whose feature stays, 0-1
    overlap: float | None = None  # IoU from which regions are chosen together; null: each alone


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` hold their classes, `IGNORED` elsewhere."""
    chosen = masking.choose_regions(batch, params.rate, params.overlap, *purpose)
    wanted = chosen & batch.matched[:, None]
    batch.targets["moc"] = torch.where(wanted, batch.labels, IGNORED)
    batch.counts["moc"] = int(wanted.sum())
    masking.hide_regions(batch, chosen, params.kept, "regions", *purpose)


class Head(nn.Module):
    """A fully connected layer to the classes."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        self.classes = nn.Linear(plan.vision_width, sizes.classes)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy and number of regions whose class is right."""
        targets = batch.targets["moc"]
        wanted = targets != IGNORED
        logits = self.classes(states.vision[wanted]).float()
        losses = F.cross_entropy(logits, targets[wanted], reduction="none")
        right = (logits.argmax(-1) == targets[wanted]).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted))
