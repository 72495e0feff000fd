"""Image question answering: a question takes the caption's place, and its answer is chosen.

The question is read unmasked with the whole picture, in a pass of its own, and two layers on the
pooled vector choose among the answers of the training split (LXMERT, Tan & Bansal, 2019: the
most frequent 9,500). There the caption is left out of such a batch, and words and regions are
masked beside; here the pair's other tasks go on as they are. A picture that is not the caption's
own is not asked about. LXMERT has the task in the last half of its training (`Plan.late`).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from curate.dataset import questions
from curate.dataset.errors import ParamsError
from curate.stage.params import parameters
from train import draws
from train.batch import Batch
from train.choosing import Choosing
from train.objectives import Score, States, by_pair
from train.plan import Plan, Sizes
from train.text import Words

FIGURE = "accuracy"
KINDS = questions.KINDS


@parameters
class Params:
    """Image question answering."""

    weight: float = 1.0  # factor of the loss
    share: float = 0.25  # share of the pairs with a question that is asked one, 0-1


def needs(params: Params) -> tuple[str, ...]:  # noqa: ARG001
    """The questions with their answers."""
    return ("questions",)


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:
    """Draw pairs, and one question of each; `question` `(Q, W)` are their tokens.

    Targets `(Q,)` are the rows of the batch; `answer` and `answer_kind` `(Q,)` are the questions'.
    """
    chance = torch.from_numpy(draws.uniform(batch.keys, 2, "vqa", *purpose))
    number = batch.notes["asked"] * batch.matched  # none where the picture is withheld
    rows = torch.nonzero((number > 0) & (chance[:, 0] < params.share)).squeeze(1)
    which = (chance[rows, 1] * number[rows]).long()
    said = batch.notes["questions"][rows, which]
    longest = int((said != words.pad).sum(1).max()) if len(rows) else 1
    batch.notes["question"] = said[:, :longest]
    batch.notes["question_words"] = batch.notes["question"] != words.pad
    batch.notes["answer"] = batch.notes["answers"][rows, which]
    batch.notes["answer_kind"] = batch.notes["answer_kinds"][rows, which]
    batch.targets["vqa"] = rows
    batch.counts["vqa"] = len(rows)


def answers(batch: Batch) -> Tensor:
    """Keys of the answers, `(Q,)`."""
    return batch.notes["answer"]


def kinds(batch: Batch) -> Tensor:
    """Of which of `KINDS` each question is, `(Q,)`."""
    return batch.notes["answer_kind"]


class Head(Choosing):
    """LXMERT's two layers on the vector of each question."""

    def __init__(self, plan: Plan, sizes: Sizes) -> None:
        if not sizes.answers:
            raise ParamsError(
                "objectives.vqa: there are no answers to choose from; a training split whose "
                "pictures are asked about has some (labeler questions)"
            )
        super().__init__(plan, sizes)

    def forward(self, states: States, batch: Batch) -> Score:
        """Cross-entropy to the answers, and number that are chosen rightly.

        An answer that the training split has not, or too seldom, adds no loss and is never right.
        """
        assert states.asked is not None
        logits = self.chosen(states.asked)
        same = batch.notes["answer"][:, None] == self.keys
        wanted = torch.where(same.any(1), same.int().argmax(1), -1)
        losses = F.cross_entropy(logits, wanted, ignore_index=-1, reduction="none")
        right = logits.argmax(1) == wanted
        asked = torch.zeros_like(batch.matched)
        asked[batch.targets["vqa"]] = True
        return Score(losses.sum(), right.sum(), by_pair(losses, asked), right)
