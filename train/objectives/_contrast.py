"""Contrast of a medium: among a batch each finds its words, its picture, its like in other media.

It is read by itself; the mean of its patches is projected into the space of the task `itc`, so that
all are compared in one space and what two of them learn serves the third (ImageBind, Girdhar et
al., 2023). The loss is itc's, in both directions with each of the others. What it may or may not
belong to is neither right nor wrong. A pair that lacks the medium takes no part in it, and as words
and picture is one of those to choose among. Each batch is contrasted by itself.
"""

import math
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train import media_task
from train.batch import Batch
from train.media import MEDIA
from train.objectives import Score, States, by_row, itc
from train.plan import Plan, Sizes
from train.ranges import Above0, Least0

FIGURE = "accuracy"
ALONE = True  # it reads the states that each side has without the other
PARTED = True  # and none that it has with it


@parameters
class Params:
    """Contrast of a medium with what it may find."""

    weight: Least0 = 1.0  # factor of the loss
    across: tuple[str, ...] = ("text", "image")  # what it finds
    start: Above0 = 0.07  # temperature at first
    least: Above0 = 0.01  # temperature


def needs(medium: str, params: Params) -> tuple[str, ...]:
    """The media, and which captions belong to which pictures."""
    return ("belongs", medium, *(side for side in params.across if side in MEDIA))


def prepare(medium: str, batch: Batch, params: Params) -> None:
    """Targets `(S, B, B)`: of each in the medium with each of every other kind, as itc has them."""
    task = f"{medium}_contrast"
    batch.targets[task] = torch.stack([media_task.belongs(batch, medium, s) for s in params.across])
    batch.counts[task] = sum(itc.counted(side, slice(None)) for side in batch.targets[task])


def by_lot(medium: str, batch: Batch) -> float:
    """How many find an own one by lot, in both directions with each side, as `itc.by_lot`."""
    sides = batch.targets[f"{medium}_contrast"]
    return sum(itc.lots(belongs) + itc.lots(belongs.T) for belongs in sides)


class Head(nn.Module):
    """A projection of a medium to the joint space, and the temperature."""

    MEDIUM: ClassVar[str]
    PARAMS: ClassVar[type[Params]]

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.task = task = f"{self.MEDIUM}_contrast"
        given = plan.objectives.get(task, {})
        self.params = build(self.PARAMS, given, f"objectives.{task}")
        others = [side for side in self.params.across if side in MEDIA]
        media_task.check(plan, task, self.MEDIUM, *others)
        for wanted in ("itc", *(f"{other}_contrast" for other in others)):
            if wanted not in plan.objectives:
                raise ParamsError(
                    f"objectives.{task} compares in the space of the task {wanted}; add it "
                    f"(`objectives: {{{wanted}: {{}}}}`) or leave this out"
                )
        self.project = nn.Linear(plan.width, plan.width)
        self.scale = nn.Parameter(torch.tensor([-math.log(self.params.start)]))

    def bind(self, heads: nn.ModuleDict) -> None:
        """Know the heads of other tasks."""
        self._heads = (heads,)

    def vectors(self, alone: Tensor, there: Tensor) -> Tensor:
        """Unit vectors `(B, D)`, given states of patches read alone, and which are there."""
        shown = there[..., None]
        mean = (alone * shown).sum(1) / shown.sum(1).clamp(min=1)
        return F.normalize(self.project(mean).float(), dim=-1)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy of both directions with each side, and how many find an own one first."""
        if states.alone is None:
            raise ValueError(f"{self.task} needs the states of each side alone")
        itc_head: Any = self._heads[0]["itc"]
        sides = dict(
            zip(("text", "image"), itc_head.vectors(states.alone, states.shown), strict=True)
        )
        has = states.media[self.MEDIUM].there.any(1)
        own = self._vectors(states, self.MEDIUM, has)
        with torch.no_grad():
            self.scale.clamp_(max=-math.log(self.params.least))
        loss, right = own.sum() * 0.0, torch.zeros((), device=own.device)
        told, place = loss.new_zeros(len(has), 2), torch.arange(len(has), device=own.device)
        if not len(own):
            return Score(loss, right, told)
        for side, belongs in zip(self.params.across, batch.targets[self.task], strict=True):
            found = sides[side] if side in sides else self._vectors(states, side, slice(None))
            logits = own @ found.T * self.scale.exp()
            ways = ((logits, belongs[has], place[has]), (logits.T, belongs[has].T, place))
            for way, answers, rows in ways:
                losses, first = itc.found(way, answers)
                loss, right = loss + losses.sum(), right + first.sum()
                asked = (answers == 1).any(1)
                told = told + by_row(losses[asked], rows[asked], len(has))
        return Score(loss, right, told.detach())

    def _vectors(self, states: States, medium: str, rows: Tensor | slice) -> Tensor:
        """Unit vectors of some pairs in a medium, `(n, D)`."""
        read = states.media[medium]
        if read.alone is None:
            raise ValueError(f"{self.task} needs the states of {medium} alone")
        head: Any = self if medium == self.MEDIUM else self._heads[0][f"{medium}_contrast"]
        found: Tensor = head.vectors(read.alone[rows], read.there[rows])
        return found
