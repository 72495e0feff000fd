"""Contrast of sounds: among a batch each spoken caption finds its words and its picture.

As `train/objectives/_contrast.py` has it. The same words are right answers whoever speaks them;
those of the same picture, in another language or of what was made of it, are neither right nor
wrong.
"""

from typing import Literal

from curate.stage.params import parameters
from train.batch import Batch
from train.objectives import _contrast
from train.objectives._contrast import ALONE, FIGURE, PARTED
from train.text import Words

__all__ = ["ALONE", "FIGURE", "PARTED", "Head", "Params", "by_lot", "needs", "prepare"]


@parameters
class Params(_contrast.Params):
    """Contrast of sounds with captions and pictures."""

    across: tuple[Literal["text", "image"], ...] = ("text", "image")  # what sounds find


def needs(params: Params) -> tuple[str, ...]:
    """The sounds, and which captions belong to which pictures."""
    return _contrast.needs("sound", params)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_contrast` has them."""
    _contrast.prepare("sound", batch, params)


def by_lot(batch: Batch) -> float:
    """How many find an own one by lot."""
    return _contrast.by_lot("sound", batch)


class Head(_contrast.Head):
    """A projection of sounds to the joint space, and the temperature."""

    MEDIUM = "sound"
    PARAMS = Params
