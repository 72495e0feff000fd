"""Matching of a medium: is this what the caption says, is this what the picture shows?

Each in the medium is read with one thing of another kind alone: with its own, and with a wrong one
of the batch, drawn among those that do not belong to it. Read is the state of the whole.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import build, parameters
from train import draws, media_task
from train.batch import Batch
from train.media import MEDIA, SIDES
from train.objectives import Score, States, by_row
from train.plan import Plan, Sizes
from train.ranges import Least0, Share

FIGURE = "accuracy"
PARTED = True  # it reads no states of all sides together


@parameters
class Params:
    """Matching of a medium with what may belong to it."""

    weight: Least0 = 1.0  # factor of the loss
    across: tuple[str, ...] = ("text", "image")  # what it is read with
    share: Share = 1.0  # of the pairs that have it and are read so, 0-1


def needs(medium: str, params: Params) -> tuple[str, ...]:
    """The media, and which captions belong to which pictures."""
    return ("belongs", medium, *(side for side in params.across if side in MEDIA))


def prepare(medium: str, batch: Batch, params: Params, *purpose: int | str) -> None:
    """Targets `(H,)`: 1.0 for a match, 0.0 for none; the note `<medium>_pairs` says of what."""
    chance = draws.uniform(batch.keys, 1 + len(SIDES), f"{medium} match", *purpose)
    draw = torch.from_numpy(chance)
    taken = media_task.has(batch, medium) & (draw[:, 0] < params.share)
    pairs, targets = [], []
    for kind, side in enumerate(SIDES):
        if side not in params.across:
            continue
        belongs = media_task.belongs(batch, medium, side)
        own = torch.nonzero(taken & (belongs.diagonal() == 1)).squeeze(1)
        wrong = (belongs == 0) & taken[:, None]
        rows = torch.nonzero(wrong.any(1)).squeeze(1)
        at = (draw[rows, 1 + kind] * wrong[rows].sum(1)).long()
        other = (wrong[rows].cumsum(1) > at[:, None]).int().argmax(1)
        for one, beside, target in ((own, own, 1.0), (rows, other, 0.0)):
            pairs.append(torch.stack([torch.full_like(one, kind), one, beside], 1))
            targets.append(torch.full((len(one),), target))
    task = f"{medium}_match"
    batch.notes[f"{medium}_pairs"] = torch.cat(pairs)
    batch.targets[task] = torch.cat(targets)
    batch.counts[task] = len(batch.targets[task])


class Head(nn.Module):
    """One logit from the state of the whole, of each kind that it is read with its own."""

    MEDIUM: ClassVar[str]
    PARAMS: ClassVar[type[Params]]

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.task = task = f"{self.MEDIUM}_match"
        params = build(self.PARAMS, plan.objectives.get(task, {}), f"objectives.{task}")
        others = [side for side in params.across if side in MEDIA]
        media_task.check(plan, task, self.MEDIUM, *others)
        self.match = nn.Linear(plan.width, SIDES.index(self.MEDIUM))

    def logits(self, pairs: Tensor, kinds: Tensor) -> Tensor:
        """Log-odds that what is in the medium and what it was read with belong together, `(H,)`.

        Args:
            pairs: states of the whole, `(H, D)`.
            kinds: what they were read with, places in `SIDES`, `(H,)`.
        """
        return self.match(pairs).gather(1, kinds[:, None]).squeeze(1).float()

    def forward(self, states: States, batch: Batch) -> Score:
        """Binary cross-entropy and number of pairs that are judged rightly."""
        read = states.media[self.MEDIUM]
        if read.pairs is None:
            raise ValueError(f"{self.task} needs the states of pairs")
        kinds, rows, _ = batch.notes[f"{self.MEDIUM}_pairs"].unbind(1)
        logits = self.logits(read.pairs, kinds)
        targets = batch.targets[self.task]
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        right = ((logits > 0) == (targets > 0.5)).sum()
        return Score(losses.sum(), right, by_row(losses, rows, len(batch.matched)))
