"""Matching of sounds: is this what the caption says, is this what the picture shows?

As `train/objectives/_matching.py` has it. The same words by another voice, and other languages'
words of the same picture, are no wrong ones.
"""

from typing import Literal

from torch import Tensor

from curate.stage.params import parameters
from train.batch import Batch
from train.objectives import _matching
from train.objectives._matching import FIGURE, PARTED
from train.text import Words

__all__ = ["FIGURE", "PARTED", "Head", "Params", "answers", "needs", "prepare"]


@parameters
class Params(_matching.Params):
    """Matching of sounds with captions and pictures."""

    across: tuple[Literal["text", "image"], ...] = ("text", "image")  # what sounds are read with


def needs(params: Params) -> tuple[str, ...]:
    """The sounds, and which captions belong to which pictures."""
    return _matching.needs("sound", params)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_matching` has them."""
    _matching.prepare("sound", batch, params, *purpose)


def answers(batch: Batch) -> Tensor:
    """1 for each match and 0 for each other pair, `(n,)`."""
    return batch.targets["sound_match"].long()


class Head(_matching.Head):
    """A logit from the state of the whole sound."""

    MEDIUM = "sound"
    PARAMS = Params
