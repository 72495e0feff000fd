"""Translation language modelling with the picture: words of two languages are hidden and predicted.

A caption is followed by one of the same picture in another language (`train/translations.py`), and
words of both are chosen and hidden as in masked language modelling, each by itself (XLM: Lample &
Conneau, 2019), so that a hidden word can be told by the other language and by the picture. UC2
(Zhou et al., 2021) also hides, for half of the pairs, a word with the one that an aligner finds for
it; no aligner is known here. Pairs without a second caption are masked language modelling's, and
a pair that has one is read with it in the share of the epochs that `share` says.
"""

from typing import Literal

from torch import Tensor

from curate.stage.params import parameters
from train import masking
from train.batch import Batch
from train.objectives import mlm
from train.ranges import Least0, Part, Share
from train.text import Words

FIGURE = "accuracy"
BESIDE = "mlm"  # which has the pairs of a step that this task has not


@parameters
class Params:
    """Translation language modelling."""

    weight: Least0 = 1.0  # factor of the loss
    share: Part = 0.5  # share of the pairs with a second that is told in both, 0-1
    rate: Share = 0.15  # share of the words that is chosen, 0-1
    random: Share = 0.1  # share of the chosen that becomes any word, 0-1
    kept: Share = 0.1  # share of the chosen that stays as it is, 0-1
    unit: Literal["token", "word", "phrase"] = "token"  # what is chosen as one
    forced: bool = False  # whether two captions without a chosen word get the first's first hidden


def needs(params: Params) -> tuple[str, ...]:
    """Which tokens make a word, or a phrase."""
    return () if params.unit == "token" else (f"{params.unit}s",)


def share(params: Params) -> float:
    """Of the pairs that are told in two languages, where they can be."""
    return params.share


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:
    """Choose and hide words of both captions; targets `(B, T)` as those of `mlm`."""
    counted = masking.counted(batch, mismatched=False)
    mlm.hide("tlm", batch, words, params, batch.twice, counted, *purpose)


def answers(batch: Batch) -> Tensor:
    """Ids of the words to predict, `(n,)`."""
    return mlm.answers(batch, "tlm")


class Head(mlm.Head):
    """As that of masked language modelling, with weights of its own."""

    task = "tlm"
