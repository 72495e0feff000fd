"""Scene-graph prediction: the words of hidden nodes and edges of the caption's graph are predicted.

30% of the objects, attributes and relations that the caption names are chosen, each with all its
words, which are hidden as in masked language modelling (ERNIE-ViL, Yu et al., 2021); on matched
pairs only, or on all (`mismatched`). A caption without a graph has no target.
"""

import torch
from torch import Tensor

from curate.stage.params import parameters
from train import masking
from train.batch import Batch
from train.objectives import IGNORED, mlm
from train.ranges import Least0, Share
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Scene-graph prediction."""

    weight: Least0 = 1.0  # factor of the loss
    rate: Share = 0.3  # share of nodes and edges that is chosen, 0-1
    random: Share = 0.1  # share of the chosen words that becomes any word, 0-1
    kept: Share = 0.1  # share of the chosen words that stays as it is, 0-1
    mismatched: bool = False  # whether pairs that do not match count, too


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """Which words a node or an edge has."""
    return ("graph",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:
    """Choose and hide nodes and edges; targets `(B, T)` hold their words, `IGNORED` elsewhere."""
    tokens = masking.written(batch)
    named = batch.notes["kinds"] > 0
    what = named & torch.isin(tokens, torch.from_numpy(words.ordinary))
    units = batch.notes["nodes"]
    chosen = masking.choose_words(batch, what, params.rate, "graph", *purpose, units=units)
    wanted = chosen & masking.counted(batch, params.mismatched)[:, None]
    batch.targets["scenegraph"] = torch.where(wanted, tokens, IGNORED)
    batch.counts["scenegraph"] = int(wanted.sum())
    masking.hide_words(batch, chosen, words, params.kept, params.random, "graph", *purpose)


def answers(batch: Batch) -> Tensor:
    """Ids of the words to predict, `(n,)`."""
    return mlm.answers(batch, "scenegraph")


class Head(mlm.Head):
    """As that of masked language modelling, with weights of its own."""

    task = "scenegraph"
