"""Masked object classification: the class of hidden regions is predicted.

15% of the regions, whose feature is zeroed (90%) or left (10%); the target is the region's
pseudo-label; on matched pairs only (ImageBERT's conditional mask), or on all (`mismatched`).
LXMERT's code asks for the class of every region (`over: all`), each of which counts as much as
the labeler is sure of it (`sure`), and multiplies by 1/0.15 (`weight`).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import build, parameters
from train.batch import Batch
from train.objectives import IGNORED, Score, States, by_pair
from train.plan import Plan, Sizes
from train.region_task import RegionParams, hide, transform
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params(RegionParams):
    """Masked object classification."""

    sure: bool = False  # whether a region counts as much as the labeler is sure of its class
    deep: bool = False  # whether a layer comes before the classes


def needs(params: Params) -> tuple[str, ...]:
    """How sure the labeler is."""
    return ("soft_labels",) if params.sure else ()


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` hold their classes, `IGNORED` elsewhere."""
    wanted, *_ = hide(batch, params, *purpose)
    batch.targets["moc"] = torch.where(wanted, batch.labels, IGNORED)
    batch.counts["moc"] = int(wanted.sum())


def answers(batch: Batch) -> Tensor:
    """Classes to predict, `(n,)`."""
    targets = batch.targets["moc"]
    return targets[targets != IGNORED]


class Head(nn.Module):
    """A fully connected layer to the classes, with another before it where it is deep."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        params = build(Params, plan.objectives.get("moc", {}), "objectives.moc")
        self._sure = params.sure
        self.transform = transform(plan.vision_width, params.deep)
        self.classes = nn.Linear(plan.vision_width, sizes.classes)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy and number of regions whose class is right."""
        targets = batch.targets["moc"]
        wanted = targets != IGNORED
        logits = self.classes(self.transform(states.vision[wanted])).float()
        losses = F.cross_entropy(logits, targets[wanted], reduction="none")
        if self._sure:
            losses = losses * batch.notes["chances"][..., 0][wanted]
        right = (logits.argmax(-1) == targets[wanted]).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted))
