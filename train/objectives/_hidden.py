"""Masked modelling of a medium: patches that are hidden are told by the rest and by what is beside.

Patches are hidden in units, since one alone could be guessed from its neighbours. L2 to the
standardised patch, of the pairs that are read with the medium (`Plan.muted`); where words and
regions are masked too, what is hidden of each is told by what is left of all.
"""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train import masking, media_task
from train.batch import Batch
from train.media import MEDIA
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes

FIGURE = "cosine"


def prepare(
    medium: str, batch: Batch, rate: float, unit: Callable[[Tensor], Tensor], *purpose: int | str
) -> None:
    """Choose and hide units of patches; targets `(B, P)` bool say which are to be predicted.

    Args:
        medium: whose patches.
        batch: gets notes and targets.
        rate: share of the patches.
        unit: gives of patches, by their places `(P,)`, the first of those hidden with each.
        purpose: what for.
    """
    kind = MEDIA[medium]
    read = ~media_task.muted(batch, medium) & batch.maskable.any(1)
    there = kind.present(batch) & read[:, None]
    units = unit(torch.arange(there.shape[1])).expand(there.shape)
    chosen = masking.choose(batch, there, rate, medium, *purpose, units=units)
    batch.notes[f"{medium}_hidden"] = batch.targets[f"{medium}_masked"] = chosen
    batch.counts[f"{medium}_masked"] = int(chosen.sum())


class Head(nn.Module):
    """A fully connected layer to the patch's length."""

    MEDIUM: ClassVar[str]

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.task = f"{self.MEDIUM}_masked"
        media_task.check(plan, self.task, self.MEDIUM)
        self.patch = nn.Linear(plan.width, MEDIA[self.MEDIUM].FEATURES)

    def forward(self, states: States, batch: Batch) -> Score:
        """Distance, averaged over a patch's components, and cosine similarity."""
        read, wanted = states.media[self.MEDIUM], batch.targets[self.task]
        guess = self.patch(read.together[wanted]).float()
        truth = read.patches[wanted]
        losses = F.mse_loss(guess, truth, reduction="none").mean(-1)
        cosine = F.cosine_similarity(guess.detach(), truth, dim=-1).sum()
        return Score(losses.sum(), cosine, by_pair(losses, wanted))
