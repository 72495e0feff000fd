"""Contrast of clips: among a batch each clip finds its words, its picture, and what is said of it.

As `train/objectives/_contrast.py` has it. All that is said of its picture, in whatever language,
is a right answer. A model that hears, too, may have `sound` among `across`: spoken captions of the
picture are then right as written ones are.
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
    """Contrast of clips with captions, pictures and sounds."""

    across: tuple[Literal["text", "image", "sound"], ...] = ("text", "image")  # what clips find


def needs(params: Params) -> tuple[str, ...]:
    """The clips, and which captions belong to which pictures."""
    return _contrast.needs("video", params)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_contrast` has them."""
    _contrast.prepare("video", batch, params)


def by_lot(batch: Batch) -> float:
    """How many find an own one by lot."""
    return _contrast.by_lot("video", batch)


class Head(_contrast.Head):
    """A projection of clips to the joint space, and the temperature."""

    MEDIUM = "video"
    PARAMS = Params
