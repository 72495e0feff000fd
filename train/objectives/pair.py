"""Statements about two pictures, in fine-tuning: NLVR2's.

The statement is read with each picture, and two layers on both pooled vectors, end to end, choose
the answer (LXMERT; what UNITER calls its pair setup).
"""

import torch

from train.batch import Batch
from train.objectives import answer
from train.objectives.answer import FIGURE, Params, answers, told, vocabulary
from train.text import Words

__all__ = ["FIGURE", "Head", "Params", "answers", "needs", "prepare", "told", "vocabulary"]


def needs(params: Params) -> tuple[str, ...]:
    """The answers with their scores, and the second pictures."""
    return (*answer.needs(params), "other_pictures")


def prepare(batch: Batch, words: Words, params: Params, *purpose: int | str) -> None:  # noqa: ARG001
    """The first pictures are followed by the second, each with its text again, `2B` rows.

    Targets are as of `answer`, `(B, A)`.
    """
    if params.read == "mask":
        answer.mark(batch, words)
    for name in ("tokens", "words", "hidden", "matched", "maskable"):
        value = getattr(batch, name)
        setattr(batch, name, torch.cat([value, value]))
    for name in ("features", "boxes", "regions", "labels", "pixels"):
        if (first := getattr(batch, name)) is not None:
            setattr(batch, name, torch.cat([first, batch.notes[f"other_{name}"]]))
    batch.targets["pair"] = batch.notes["answer_scores"] > 0
    batch.counts["pair"] = len(batch.keys)


class Head(answer.Head):
    """As that of `answer`, on two vectors."""

    NAME = "pair"
    VECTORS = 2
