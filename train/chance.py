"""What who sees neither words nor pictures reaches at a pretraining task: batches in, a share out.

Where targets have classes, it is the share of the commonest one among these very targets, the best
that always saying the same can reach; where each has answers of its own to choose among, what
choosing by lot reaches. An accuracy means what it is above that.
"""

from collections import Counter
from types import ModuleType

from train.batches import Batch


class Chance:
    """Sums up a task's targets.

    Args:
        task: its file in `train/objectives/`; it may have `answers` or `by_lot`.
    """

    def __init__(self, task: ModuleType) -> None:
        self._task = task
        self._answers: Counter[int] = Counter()
        self._by_lot = 0.0

    def add(self, batch: Batch) -> None:
        """Take the targets of a prepared batch."""
        if hasattr(self._task, "answers"):
            self._answers.update(self._task.answers(batch).tolist())
        if hasattr(self._task, "by_lot"):
            self._by_lot += float(self._task.by_lot(batch))

    def share(self, targets: float) -> float | None:
        """The share of so many targets that is right by chance; None where it is not known."""
        if not targets:
            return None
        if hasattr(self._task, "by_lot"):
            return self._by_lot / targets
        if not self._answers:
            return None
        ((_, most),) = self._answers.most_common(1)
        return most / targets
