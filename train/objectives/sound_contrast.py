"""Contrast of sounds: among a batch each spoken caption finds its words and its picture.

A sound, read by itself, is the mean of its patches, projected into the space of the task `itc`, so
that words, pictures and sounds are compared in one space and what two of them learn serves the
third (ImageBind, Girdhar et al., 2023). The loss is itc's, in both directions with each of the
other senses. The same words are right answers whoever speaks them; those of the same picture, in
another language or of what was made of it, are neither right nor wrong. A pair without sound takes
no part as a sound, and as words and picture is one of those to choose among. Each batch is
contrasted by itself.
"""

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train import sound_task
from train.batch import Batch
from train.objectives import Score, States, itc
from train.plan import Plan, Sizes
from train.ranges import Above0, Least0
from train.text import Words

FIGURE = "accuracy"
ALONE = True  # it reads the states that each side has without the other
PARTED = True  # and none that it has with it


@parameters
class Params:
    """Contrast of sounds with captions and pictures."""

    weight: Least0 = 1.0  # factor of the loss
    across: tuple[Literal["text", "image"], ...] = ("text", "image")  # what sounds find
    start: Above0 = 0.07  # temperature at first
    least: Above0 = 0.01  # temperature


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The sounds, and which captions belong to which pictures."""
    return ("belongs", "sound")


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets `(S, B, B)`: of each sound with each caption, or picture, as itc has them.

    Those of a pair without sound are -1.
    """
    belongs = torch.stack([sound_task.belongs(batch, side) for side in params.across])
    heard = sound_task.heard(batch)
    batch.targets["sound_contrast"] = belongs.masked_fill(~heard[:, None], -1)
    batch.counts["sound_contrast"] = sum(
        itc.counted(side, slice(None)) for side in batch.targets["sound_contrast"]
    )


class Head(nn.Module):
    """A projection of sounds to the joint space, and the temperature."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        sound_task.check(plan, "sound_contrast")
        if "itc" not in plan.objectives:
            raise ParamsError(
                "objectives.sound_contrast compares sounds in the space of the task itc; add it "
                "(`objectives: {itc: {}}`) or leave this out"
            )
        given = plan.objectives.get("sound_contrast", {})
        self.params = build(Params, given, "objectives.sound_contrast")
        self.sound = nn.Linear(plan.width, plan.width)
        self.scale = nn.Parameter(torch.tensor([-math.log(self.params.start)]))

    def bind(self, heads: nn.ModuleDict) -> None:
        """Know the head of itc."""
        self._heads = (heads,)

    def vectors(self, alone: Tensor, there: Tensor) -> Tensor:
        """Unit vectors of sounds, `(B, D)`, given states of their patches, and which are there."""
        shown = there[..., None]
        mean = (alone * shown).sum(1) / shown.sum(1).clamp(min=1)
        return F.normalize(self.sound(mean).float(), dim=-1)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy of both directions with each side, and how many find an own one first."""
        if states.alone is None or states.heard is None or states.heard.alone is None:
            raise ValueError("contrast of sounds needs the states of each side alone")
        head: Any = self._heads[0]["itc"]
        captions, pictures = head.vectors(states.alone, states.shown)
        heard = states.heard.there.any(1)
        sounds = self.vectors(states.heard.alone[heard], states.heard.there[heard])
        with torch.no_grad():
            self.scale.clamp_(max=-math.log(self.params.least))
        loss, right = sounds.sum() * 0.0, torch.zeros((), device=sounds.device)
        if not len(sounds):
            return Score(loss, right)
        sides = {"text": captions, "image": pictures}
        for side, belongs in zip(self.params.across, batch.targets["sound_contrast"], strict=True):
            logits = sounds @ sides[side].T * self.scale.exp()
            for way, own in ((logits, belongs[heard]), (logits.T, belongs[heard].T)):
                losses, first = itc.found(way, own)
                loss, right = loss + losses.sum(), right + first.sum()
        return Score(loss, right)
