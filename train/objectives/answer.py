"""Answering questions, in fine-tuning: a right answer is chosen among those of the training split.

Two layers on the pooled vector give a logit for each answer (LXMERT, Tan & Bansal, 2019). How much
each answer counts as right is told by the task: several may, as in VQA (Antol et al., 2015), where
people were asked. Logits are then learnt by binary cross-entropy to these scores, summed over the
answers (Teney et al., 2018, and UNITER, ViLBERT and LXMERT after them); where one is right, softmax
and cross-entropy are the alternative.

Instead of the pooled vector the state of a mask token may be read, that is put between a question
and its end (`read: mask`): so does VisualBERT's code.
"""

from collections import Counter
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torch.nn import functional as F

from curate.dataset.errors import EmptySetError, ParamsError
from curate.stage.params import parameters
from train.batch import Batch
from train.choosing import Choosing
from train.corpus import Corpus
from train.notes.questions import MOST
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.ranges import Number
from train.text import Words

FIGURE = "accuracy"


@parameters
class Params:
    """Answering questions."""

    weight: float = 1.0  # factor of the loss
    loss: Literal["binary", "softmax"] = "binary"
    least: Number = 1  # training examples that an answer is right of; rarer ones are never chosen
    most: Number = MOST  # answers to choose among, the most frequent
    read: Literal["pooled", "mask"] = "pooled"  # the pair's vector, or the state of a [MASK]


def needs(params: Params) -> tuple[str, ...]:
    """The answers with their scores, and where a mask token goes, where one is read."""
    return ("answers", "masks") if params.read == "mask" else ("answers",)


def vocabulary(examples: pa.Table, params: Params) -> tuple[str, ...]:
    """The answers to choose among, the most frequent of the training examples first.

    Raises:
        EmptySetError: no answer is frequent enough.
    """
    told = Counter(answer for said in examples.column("answers").to_pylist() for answer in said)
    often = [answer for answer, number in told.items() if number >= params.least]
    if not often:
        raise EmptySetError(
            f"objective.least: no answer is right of {params.least} training examples; lower it"
        )
    return tuple(sorted(often, key=lambda answer: (-told[answer], answer))[: params.most])


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """Every example is asked; the targets are which of its answers have a score, `(B, A)`."""
    if params.read == "mask":
        mark(batch, words)
    batch.targets["answer"] = batch.notes["answer_scores"] > 0
    batch.counts["answer"] = len(batch.keys)


def mark(batch: Batch, words: Words) -> None:
    """Put a mask token between each text and its end (`train/notes/masks.py`)."""
    at = batch.notes["mask_at"][:, None]
    place = torch.arange(int(at.max()) + 2)
    tokens = F.pad(batch.tokens, (0, len(place) - batch.tokens.shape[1]), value=words.pad)
    tokens = torch.where(place == at, words.mask, tokens)
    batch.tokens = torch.where(place == at + 1, words.end, tokens)
    batch.words = place <= at + 1


def answers(batch: Batch) -> Tensor:
    """Key of the answer with the highest score of each example, `(B,)`."""
    best = batch.notes["answer_scores"].argmax(1, keepdim=True)
    return batch.notes["answers"].gather(1, best).squeeze(1)


def told(
    logits: np.ndarray,
    corpus: Corpus,  # noqa: ARG001
    rows: np.ndarray,  # noqa: ARG001
    sizes: Sizes,
) -> list[str]:
    """The answers to some rows of a corpus, by the logits of all that there are, `(B, A)`."""
    return [sizes.answers[place] for place in logits.argmax(1)]


class Head(Choosing):
    """LXMERT's two layers on the vectors of each example."""

    NAME: ClassVar[str] = "answer"
    VECTORS: ClassVar[int] = 1  # of an example

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        if not sizes.answers:
            raise ParamsError(
                f"objectives.{self.NAME} is a task's: it is learnt by train.finetune alone"
            )
        given = plan.objectives[self.NAME]
        self._mask = given.get("read", Params.read) == "mask"
        super().__init__(plan, sizes, self.VECTORS, plan.width if self._mask else 0)
        self._softmax = given.get("loss", Params.loss) == "softmax"

    def logits(self, states: States, batch: Batch) -> Tensor:
        """Of each answer, `(B, A)` float32."""
        return self.chosen(self.vectors(states, batch))

    def vectors(self, states: States, batch: Batch) -> Tensor:
        """What each example is answered by, `(B, VECTORS * P)`."""
        return torch.cat(self.read(states, batch).chunk(self.VECTORS), 1)

    def read(self, states: States, batch: Batch) -> Tensor:
        """What is read of each text with its picture, `(VECTORS * B, P)`."""
        if not self._mask:
            return states.pooled
        at = batch.notes["mask_at"].repeat(self.VECTORS)
        return states.text[torch.arange(len(at), device=at.device), at]

    def forward(self, states: States, batch: Batch) -> Score:
        """Loss to the scores of the answers, and the summed scores of those that are chosen.

        An answer that the training split has not, or too seldom, adds no loss and is never right.
        """
        logits = self.logits(states, batch)
        same = batch.notes["answers"][:, :, None] == self.keys
        wanted = (same * batch.notes["answer_scores"][:, :, None]).sum(1)
        if self._softmax:
            losses = -(F.log_softmax(logits, 1) * wanted).sum(1)
        else:
            losses = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1)
        scores = wanted.gather(1, logits.argmax(1, keepdim=True)).squeeze(1)
        every = torch.ones_like(scores, dtype=torch.bool)
        return Score(losses.sum(), scores.sum(), by_pair(losses, every))
