"""Masked modelling of sound: patches that are hidden are told by the rest, the words, the picture.

As `train/objectives/_hidden.py` has it. Hidden are spans of patches (wav2vec 2.0, Baevski et al.,
2020), predicted as SSAST does (Gong et al., 2022).
"""

from curate.stage.params import parameters
from train.batch import Batch
from train.objectives import _hidden
from train.objectives._hidden import FIGURE
from train.ranges import Least0, Number, Share
from train.text import Words

__all__ = ["FIGURE", "Head", "Params", "needs", "prepare"]


@parameters
class Params:
    """Masked modelling of sound."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.3  # share of the patches that is hidden, 0-1
    span: Number = 3  # patches, of 80 ms, that are hidden together


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The sounds."""
    return ("sound",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Targets as `_hidden` has them."""
    span = params.span
    _hidden.prepare("sound", batch, params.rate, lambda place: place // span * span, *purpose)


class Head(_hidden.Head):
    """A fully connected layer to the patch's length."""

    MEDIUM = "sound"
