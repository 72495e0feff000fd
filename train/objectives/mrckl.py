"""Masked region classification with soft labels: the whole distribution of classes is predicted.

15% of the regions, all of them zeroed (UNITER, Chen et al., 2020; ViLBERT leaves 10%: `kept`); the
loss is the KL divergence from the labeler's probabilities to the head's, summed over classes and
averaged over regions, on matched pairs only, or on all (`mismatched`). UNITER's code averages over
the classes, too (`per_class`); ViLBERT's over the chosen regions and those that overlap them
(`beside`). A labeler tells the likeliest classes alone; all others are taken
together as one. There is no class for the background that a likeliest one could be.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from curate.stage.params import build, parameters
from train import masking
from train.batch import Batch
from train.corpus import Corpus
from train.notes import Note
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Share
from train.region_task import RegionParams, hide, transform
from train.text import Words

FIGURE = "accuracy"
_LEAST = 1e-6  # of a probability whose logarithm is taken
_PICTURES = 4096  # whose regions tell what is usual
_ROUNDS = 50  # of expectation and maximisation


@parameters
class Params(RegionParams):
    """Masked region classification with soft labels."""

    kept: Share = 0.0  # share of the chosen whose feature stays, 0-1
    per_class: bool = False  # whether the divergence is divided by the number of classes
    deep: bool = False  # whether a layer comes before the classes
    beside: Share | None = None  # IoU with a chosen region from which regions are divided by, too


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The labeler's probabilities."""
    return ("soft_labels",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Choose and hide regions; targets `(B, R)` bool say which are to be predicted."""
    wanted, *_ = hide(batch, params, *purpose)
    batch.targets["mrckl"] = wanted
    counted = wanted if params.beside is None else masking.beside(batch, wanted, params.beside)
    batch.counts["mrckl"] = int(counted.sum())


def answers(batch: Batch) -> Tensor:
    """The likeliest classes of the regions to predict, `(n,)`; -1 where none is known."""
    return batch.notes["soft_labels"][batch.targets["mrckl"]][:, 0]


def soft(batch: Batch) -> tuple[Tensor, Tensor]:
    """Classes and probabilities of the regions to predict, `(n, S)` each, see `divergence`."""
    wanted = batch.targets["mrckl"]
    return batch.notes["soft_labels"][wanted], batch.notes["chances"][wanted]


class Head(nn.Module):
    """A fully connected layer to the classes, with another before it where it is deep.

    It knows the distribution that is usual among training regions, once it was shown them.
    """

    usual: Tensor

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        super().__init__()
        params = build(Params, plan.objectives.get("mrckl", {}), "objectives.mrckl")
        self._beside = params.beside is not None
        self._parts = sizes.classes if params.per_class else 1
        self.transform = transform(plan.vision_width, params.deep)
        self.classes = nn.Linear(plan.vision_width, sizes.classes)
        self.register_buffer("usual", torch.zeros(sizes.classes))  # zeros: it is not known

    @torch.no_grad()
    def fit(self, corpus: Corpus, notes: Mapping[str, Note]) -> None:
        """Find what is usual among a corpus's regions, of some pictures where there are many."""
        _, first = np.unique(corpus.image, return_index=True)  # a pair of each picture
        rows = first[:: -(-len(first) // _PICTURES)]
        note = notes["soft_labels"](rows, rows, 0)
        known = note["soft_labels"][..., 0] >= 0
        if known.any():
            classes, chances = note["soft_labels"][known], note["chances"][known]
            self.usual.copy_(commonest(classes, chances, len(self.usual)))

    def forward(self, states: States, batch: Batch) -> Score:
        """Divergence, and number of regions whose likeliest class is the labeler's."""
        wanted = batch.targets["mrckl"]
        logits = self.classes(self.transform(states.vision[wanted])).float()
        classes, chances = soft(batch)
        losses = divergence(logits, classes, chances) / self._parts
        right = (logits.argmax(-1) == classes[:, 0]).sum()
        if self._beside:  # the figure stays a mean over the chosen
            right = right * batch.counts["mrckl"] / max(1, len(losses))
        unseen = None
        if not self.training and self.usual.any():
            guess = self.usual.log().expand(len(classes), -1)
            unseen = (divergence(guess, classes, chances) / self._parts).sum()
        return Score(losses.sum(), right, by_pair(losses, wanted), unseen=unseen)


def divergence(logits: Tensor, classes: Tensor, chances: Tensor) -> Tensor:
    """KL divergence to a distribution of which the likeliest classes are known.

    Args:
        logits: of every class, `(n, C)`.
        classes: the likeliest, `(n, S)`; -1 where fewer are known.
        chances: their probabilities, `(n, S)`; what is left to 1 is that of all others together.

    Returns:
        `(n,)`, nats.
    """
    guess = logits.log_softmax(-1)
    place = classes.clamp(min=0)
    named = guess.gather(-1, place)
    rest = (1 - chances.sum(-1)).clamp(min=0)
    told = torch.zeros_like(guess).scatter_add(-1, place, (classes >= 0).to(guess.dtype)) > 0
    others = guess.masked_fill(told, -torch.inf).logsumexp(-1).clamp(min=-1e4)
    loss = (torch.xlogy(chances, chances) - chances * named).sum(-1)
    return loss + torch.where(rest > _LEAST, torch.xlogy(rest, rest) - rest * others, 0.0)


def commonest(classes: Tensor, chances: Tensor, number: int) -> Tensor:
    """The distribution that is the least divergence away from some others, on average.

    What all classes that are not named have together is shared among them as the distribution
    itself has it: expectation and maximisation of a multinomial whose counts are partly grouped
    (Dempster, Laird and Rubin, 1977).

    Args:
        classes: the likeliest, `(n, S)`; -1 where fewer are known.
        chances: their probabilities, `(n, S)`.
        number: C, of classes.

    Returns:
        `(C,)`, which sums up to 1.
    """
    place, known = classes.clamp(min=0).flatten(), (classes >= 0).to(chances.dtype)
    rest = (1 - chances.sum(-1)).clamp(min=0)
    named = chances.new_zeros(number).scatter_add(0, place, (chances * known).flatten())
    found = chances.new_full((number,), 1 / number)
    for _ in range(_ROUNDS):
        own = found[classes.clamp(min=0)] * known
        times = rest / (1 - own.sum(-1)).clamp(min=_LEAST)  # of what each other class has
        not_theirs = chances.new_zeros(number).scatter_add(
            0, place, (own * times[:, None]).flatten()
        )
        counts = (named + found * times.sum() - not_theirs).clamp(min=_LEAST)
        found = counts / counts.sum()
    return found
