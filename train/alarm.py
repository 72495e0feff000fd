"""What ends a run: losses and gradients of a step in; an error that names its pairs out."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NoReturn

import numpy as np
from torch import Tensor

from curate.dataset.errors import DataError
from train.corpus import Corpus

_NAMED = 5  # pairs in a message
_LOSS = "/loss"  # what the names of tasks' losses end with
_LEAST = 0.1  # of a measure: near 0, where losses may be negative, ten times as much is nothing
_EVERY = 20  # steps between losses to hear, where none is logged
_RECENT = 31  # losses whose median is usual
_FEW = 5  # losses up to which the largest is
_PART = 0.1  # of the largest loss is usual at least: a task that was learnt has hard steps, too


class Alarm:
    """Knows which losses of a run were usual of late, and what is too much beside them.

    Usual is the median of the last that were logged, and no less than a tenth of the largest: the
    losses of a run fall, and what is ten times as much as they were at first comes too late. Of
    losses that may be negative, as that of word-region alignment, the size is what counts.

    Args:
        explodes: how often a loss may be what was usual; 0: any number is right.
        log: steps between logged losses; 0: none is logged, and some are heard all the same, of
            which a run that is resumed knows nothing.
    """

    def __init__(self, explodes: float, log: int) -> None:
        self._explodes, self._log = explodes, log
        self._largest: dict[frozenset[str], float] = {}  # by the names of what was logged
        self._recent: dict[frozenset[str], deque[float]] = {}

    def due(self, step: int, values: Mapping[str, float]) -> bool:
        """Whether to hear a step, from 1: a logged one, or else the first of its tasks and some."""
        if self._log:
            return step % self._log == 0
        return step % _EVERY == 0 or _tasks(values) not in self._largest

    def hear(self, values: Mapping[str, float]) -> None:
        """Take a step's losses, or what was logged; without losses it is no measure of any."""
        if "loss" in values:
            tasks, size = _tasks(values), abs(values["loss"])
            self._largest[tasks] = max(size, self._largest.get(tasks, _LEAST))
            self._recent.setdefault(tasks, deque(maxlen=_RECENT)).append(size)

    def found(self, values: Mapping[str, float], norm: float) -> str:
        """What is wrong with a step; empty where nothing is.

        Args:
            values: the step's loss, and those of its tasks; steps with other tasks are no measure.
            norm: of its gradients; a loss that is a number may have some that are none, and the
                next step's pairs would be blamed for the weights that these leave.
        """
        loss = values["loss"]
        if not math.isfinite(loss):
            return f"the loss is {loss}"
        if not math.isfinite(norm):
            return f"the loss is {loss:.4g}, but the norm of the gradients is {norm}"
        usual = self._usual(_tasks(values))
        if self._explodes and loss > self._explodes * usual:
            times = f"more than {self._explodes:g} times what was usual, {usual:.4g}"
            return f"the loss is {loss:.4g}, {times}"
        return ""

    def _usual(self, tasks: frozenset[str]) -> float:
        """The size of a loss of some tasks of late; infinite where none is known."""
        largest, recent = self._largest.get(tasks, math.inf), self._recent.get(tasks, ())
        if len(recent) < _FEW:
            return largest
        return max(median(recent), _PART * largest, _LEAST)


def _tasks(values: Mapping[str, float]) -> frozenset[str]:
    """The tasks of a step whose losses were logged."""
    names = (name for name in values if not name.startswith("validation/"))
    return frozenset(name.removesuffix(_LOSS) for name in names if name.endswith(_LOSS))


def stop(
    wrong: str,
    step: int,
    corpus: Corpus,
    rows: np.ndarray,
    losses: Sequence[dict[str, Tensor]],
    ledger: Path,
) -> NoReturn:
    """End the run, naming the pairs of the step that are worst, or some where none is known to be.

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
    each, which = np.concatenate([_sums(by_task) for by_task in losses]), "the first are"
    if len(each) == len(rows):
        badness = np.where(np.isfinite(each), each, np.inf)
        rows, which = rows[np.argsort(-badness, kind="stable")], "the largest losses are those of"
    named = ", ".join(corpus.uids[row] for row in rows[:_NAMED])
    raise DataError(
        f"step {step}: {wrong}; of its {len(rows)} pairs {which} {named} (all of them: {ledger}); "
        "a lower `rate` is the usual cure"
    )


def _sums(by_task: dict[str, Tensor]) -> np.ndarray:
    """Each pair's loss over all tasks, a task's being the mean over its targets, `(B,)`."""
    means = [(pairs[:, 0] / pairs[:, 1].clamp(min=1)).numpy() for pairs in by_task.values()]
    return np.sum(means, axis=0) if means else np.zeros(0)
