"""A fine-tuned model and a split of its task in; what it answers, by example, out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from train import examine
from train.batch import Batch
from train.batches import Batches
from train.corpus import Corpus
from train.model import Model
from train.objectives import Written
from train.params import TASK_SAMPLING, Writing
from train.plan import Plan
from train.tasks import metrics
from train.text import Words

Answer = str | np.ndarray | Written
"""A word, one of an example's choices, boxes, `(n, 4)`, the best first, or a text."""
Answers = dict[str, Answer]
_SHOWN = ("example", "kind", "text", "lang")
_BOXES = metrics.ANSWERS.schema.field("boxes").type
ANSWERS = pa.schema(
    [
        *metrics.ANSWERS.schema,
        pa.field("kind", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("lang", pa.string(), nullable=False),
        pa.field("right", pa.list_(pa.string()), nullable=False),  # what counts as right
        pa.field("right_boxes", _BOXES, nullable=False),
        # what a baseline answers, by its name, unless it is boxes
        pa.field("beside", pa.map_(pa.string(), pa.string()), nullable=False),
    ]
)
"""Answers as measures read them, and for people what was asked and what is right."""


@torch.no_grad()
def answered(
    model: Model,
    corpus: Corpus,
    words: Words,
    size: int,
    autocast: AbstractContextManager[Any],
    writing: Writing,
) -> Answers:
    """What a model answers to each example of a corpus.

    Args:
        model: fine-tuned, in evaluation mode.
        corpus: a split of the task.
        words: the tokenizer.
        size: examples in a batch.
        autocast: context in which the model runs.
        writing: how texts are written, where the task is to write some.
    """
    (task,) = examine.tasks(model.plan.objectives)
    head: Any = model.heads[task.name]
    device = next(model.parameters()).device
    order = np.argsort(corpus.tokens.lengths(), kind="stable")
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    found: Answers = {}
    for rows, batch in zip(parts, asked(model.plan, corpus, words, parts), strict=True):
        batch = batch.to(device)
        told: Sequence[Answer]
        if hasattr(task.module, "written"):
            with autocast:
                told = task.module.written(model, batch, words, writing)
        else:
            with autocast:
                logits = head.logits(model.states(batch), batch).float().cpu().numpy()
            told = task.module.told(logits, corpus, rows, model.sizes)
        found |= dict(zip((corpus.uids[row] for row in rows), told, strict=True))
    return found


def asked(plan: Plan, corpus: Corpus, words: Words, parts: Sequence[np.ndarray]) -> Iterator[Batch]:
    """Some examples as a model of a plan is asked them, a batch for each part of the rows."""
    (task,) = todo = examine.tasks(plan.objectives)
    batches = Batches(corpus, words, max(map(len, parts), default=1), 0, TASK_SAMPLING)
    for rows in parts:
        if hasattr(task.module, "written"):
            yield batches.make(0, rows, wrong=False)
        else:
            yield examine.ready(batches, rows, plan, todo, words, 0, 0)


def as_table(
    answers: Answers, examples: pa.Table, beside: Mapping[str, Answers] | None = None
) -> pa.Table:
    """Answers beside their examples, schema `ANSWERS`, in the examples' order.

    Args:
        answers: by the example's name; an example of which there is none was not answered.
        examples: schema `train.tasks.examples.EXAMPLES`.
        beside: what others answered, by who they are.
    """
    others = beside or {}
    rows = []
    for row in examples.select([*_SHOWN, "answers", "boxes"]).to_pylist():
        answer = answers.get(row["example"])
        rows.append(
            {
                **{name: row[name] for name in _SHOWN},
                "answer": _said(answer),
                "ended": answer.ended if isinstance(answer, Written) else None,
                "boxes": answer.tolist() if isinstance(answer, np.ndarray) else None,
                "right": row["answers"],
                "right_boxes": row["boxes"],
                "beside": {
                    who: said
                    for who, told in others.items()
                    if (said := _said(told.get(row["example"]))) is not None
                },
            }
        )
    return pa.Table.from_pylist(rows, ANSWERS)


def _said(answer: Answer | None) -> str | None:
    """An answer in words, if it is one."""
    if isinstance(answer, Written):
        return answer.text
    return answer if isinstance(answer, str) else None
