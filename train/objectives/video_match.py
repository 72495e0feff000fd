"""Matching of clips: is this what the caption says, what the picture shows, what is said of it?

As `train/objectives/_matching.py` has it.
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
    """Matching of clips with captions, pictures and sounds."""

    across: tuple[Literal["text", "image", "sound"], ...] = ("text", "image")  # read with clips


def needs(params: Params) -> tuple[str, ...]:
    """The clips, and which captions belong to which pictures."""
    return _matching.needs("video", params)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_matching` has them."""
    _matching.prepare("video", batch, params, *purpose)


def answers(batch: Batch) -> Tensor:
    """1 for each match and 0 for each other pair, `(n,)`."""
    return batch.targets["video_match"].long()


class Head(_matching.Head):
    """A logit from the state of the whole clip."""

    MEDIUM = "video"
    PARAMS = Params
