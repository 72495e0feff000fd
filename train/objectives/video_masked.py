"""Masked modelling of clips: tubes that are hidden are told by the rest, the words, the picture.

As `train/objectives/_hidden.py` has it. A tube is one place of all frames: what is hidden of one
frame alone could be read off the next (VideoMAE, Tong et al., 2022).
"""

from curate.stage.params import parameters
from train.batch import Batch
from train.notes.video import PLACES
from train.objectives import _hidden
from train.objectives._hidden import FIGURE
from train.ranges import Least0, Share
from train.text import Words

__all__ = ["FIGURE", "Head", "Params", "needs", "prepare"]


@parameters
class Params:
    """Masked modelling of clips."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.4  # share of the tubes that is hidden, 0-1


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The clips."""
    return ("video",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_hidden` has them."""
    _hidden.prepare("video", batch, params.rate, lambda place: place % PLACES, *purpose)


class Head(_hidden.Head):
    """A fully connected layer to the patch's length."""

    MEDIUM = "video"
