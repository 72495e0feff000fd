"""Choosing among an example's own choices, in fine-tuning: answers and rationales of VCR.

Each choice is read after the question, with the picture, and has one logit of the pooled vector;
softmax and cross-entropy are over the choices of an example (Zellers et al., 2019; ViLBERT,
VisualBERT, VL-BERT and UNITER alike).
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.stage.params import parameters
from train.batch import Batch
from train.corpus import Corpus
from train.following import SENTENCE, Second
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.spreading import by_example, spread
from train.tasks.asked import of as asked
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Choosing among an example's own choices."""

    weight: float = 1.0  # factor of the loss


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The choices."""
    return ("choices",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Every choice is read in its example's place; targets are how right each is, `(N,)`."""
    notes = batch.notes
    second = Second(notes["choice_begin"], SENTENCE)
    tokens = notes["choices"]
    spread(batch, notes["choice_of"], tokens, tokens != words.pad, second)
    batch.targets["choice"] = notes["choice_scores"]
    batch.counts["choice"] = len(batch.keys)


def by_lot(batch: Batch) -> float:
    """What choosing any gets right, by the scores of an example's choices."""
    scores = _by_example(batch, batch.targets["choice"], 0.0)
    number = _by_example(batch, torch.ones_like(batch.targets["choice"]), 0.0).sum(1)
    return float((scores.sum(1) / number).sum())


def told(
    logits: np.ndarray,
    corpus: Corpus,
    rows: np.ndarray,
    sizes: Sizes,  # noqa: ARG001
) -> list[str]:
    """The likeliest choices of some rows of a corpus, by the logits of each, `(B, C)`."""
    choices = asked(corpus, "choices").column("choices")
    places = logits.argmax(1).tolist()
    return [choices[int(row)].as_py()[place] for row, place in zip(rows, places, strict=True)]


class Head(nn.Module):
    """One logit from the pooled vector."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:  # noqa: ARG002
        super().__init__()
        self.choose = nn.Linear(plan.pooled_width, 1)

    def logits(self, states: States, batch: Batch) -> Tensor:
        """Of each example's choices, `(B, C)` float32; -inf where it has fewer."""
        return _by_example(batch, self.choose(states.pooled).squeeze(1).float(), -torch.inf)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy to the right choice, and the summed scores of those that are chosen."""
        logits = self.logits(states, batch)
        wanted = _by_example(batch, batch.targets["choice"], 0.0)
        chances = F.log_softmax(logits, 1).masked_fill(logits == -torch.inf, 0.0)
        losses = -(chances * wanted).sum(1)
        scores = wanted.gather(1, logits.argmax(1, keepdim=True)).squeeze(1)
        every = torch.ones_like(scores, dtype=torch.bool)
        return Score(losses.sum(), scores.sum(), by_pair(losses, every))


def _by_example(batch: Batch, values: Tensor, empty: float) -> Tensor:
    """A value of each choice, `(N,)`, as `(B, C)`, `empty` where an example has fewer."""
    of, place = batch.notes["choice_of"], batch.notes["choice_place"]
    return by_example(values, of, place, (len(batch.keys), int(place.max()) + 1), empty)
