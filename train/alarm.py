"""What ends a run: losses and gradients of a step in; an error that names its pairs out."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
from torch import Tensor

from curate.dataset.errors import DataError
from train.corpus import Corpus

_NAMED = 5  # pairs in a message


def found(
    values: Mapping[str, float],
    norm: float,
    history: Sequence[tuple[int, Mapping[str, float]]],
    explodes: float,
) -> str:
    """What is wrong with a step; empty where nothing is.

    Args:
        values: the step's loss, and those of its tasks.
        norm: of its gradients; a loss that is a number may have some that are none, and the next
            step's pairs would be blamed for the weights that these leave.
        history: what was logged so far; steps with other tasks are no measure of this one.
        explodes: how often it may be the largest logged; 0: any number is right.
    """
    loss = values["loss"]
    if not math.isfinite(loss):
        return f"the loss is {loss}"
    if not math.isfinite(norm):
        return f"the loss is {loss:.4g}, but the norm of the gradients is {norm}"
    same = [told["loss"] for _, told in history if "loss" in told and values.keys() <= told.keys()]
    largest = max(same, default=math.inf)
    if explodes and loss > explodes * largest:
        times = f"more than {explodes:g} times the largest logged, {largest:.4g}"
        return f"the loss is {loss:.4g}, {times}"
    return ""


def stop(
    wrong: str,
    step: int,
    corpus: Corpus,
    rows: np.ndarray,
    losses: Sequence[dict[str, Tensor]],
    ledger: Path,
) -> NoReturn:
    """End the run, naming the pairs of the step that are worst.

    Args:
        wrong: what is wrong.
        step: number of the step, from 1, as in the ledger and the curves.
        corpus: whose pairs.
        rows: the pairs of the step's batches, one after another.
        losses: of these batches, by task `(B, 2)`.
        ledger: the file that names all of the step's pairs.

    Raises:
        DataError: always.
    """
    each = np.concatenate([_sums(by_task) for by_task in losses])
    badness = np.where(np.isfinite(each), each, np.inf)
    worst = rows[np.argsort(-badness, kind="stable")[:_NAMED]] if len(each) == len(rows) else rows
    named = ", ".join(corpus.uids[row] for row in worst[:_NAMED])
    raise DataError(
        f"step {step}: {wrong}; of its {len(rows)} pairs the largest losses are those of {named} "
        f"(all of them: {ledger}); a lower `rate` is the usual cure"
    )


def _sums(by_task: dict[str, Tensor]) -> np.ndarray:
    """Each pair's loss over all tasks, a task's being the mean over its targets, `(B,)`."""
    means = [(pairs[:, 0] / pairs[:, 1].clamp(min=1)).numpy() for pairs in by_task.values()]
    return np.sum(means, axis=0) if means else np.zeros(0)
