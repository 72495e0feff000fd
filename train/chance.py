"""What who sees neither words nor pictures reaches at a pretraining task: batches in, a share out.

Where targets have classes, it is the share of the commonest one among these very targets, of each
kind where there are kinds: the best that always saying the same can reach. Where each has answers
of its own to choose among, it is what choosing by lot reaches. An accuracy means what it is above
that. Of losses, and of figures that are no share, a task's head tells what chance gives itself
(`Score.unseen`, `Score.by_chance`).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from torch import Tensor

from train.batch import Batch
from train.corpus import Corpus
from train.model import Model


def fit(model: Model, corpus: Corpus, needs: Sequence[str]) -> None:
    """Show the training pairs to the heads that tell what is usual among them.

    Args:
        model: its heads are changed.
        corpus: the training split.
        needs: the files of `train/notes/` that it was read with.
    """
    notes = dict(zip(needs, corpus.notes, strict=True))
    shown: list[Any] = [head for head in model.heads.values() if hasattr(head, "fit")]
    for head in shown:
        head.fit(corpus, notes)


class Chance:
    """Sums up a task's targets.

    Args:
        task: its file in `train/objectives/`; it may have what is told there of chance.
    """

    def __init__(self, task: ModuleType) -> None:
        self._task = task
        self._answers: defaultdict[int, Counter[int]] = defaultdict(Counter)  # by kind
        self._right: Counter[int] = Counter()
        self._by_lot = 0.0

    def add(self, batch: Batch) -> None:
        """Take the targets of a prepared batch."""
        if hasattr(self._task, "answers"):
            answers = self._task.answers(batch).tolist()
            for kind, answer in zip(self._kinds(batch, len(answers)), answers, strict=True):
                self._answers[kind][answer] += 1
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
        return sum(max(told.values()) for told in self._answers.values()) / targets

    def judge(self, batch: Batch, right: Tensor) -> None:
        """Take which targets of a batch that was added were predicted rightly, `(n,)` bool."""
        kinds = self._kinds(batch, len(right))
        self._right.update(kind for kind, so in zip(kinds, right.tolist(), strict=True) if so)

    def kinds(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What was reached of each kind beside its chance, as `kinds`; nothing without kinds."""
        if not hasattr(self._task, "KINDS"):
            return {}
        found = {}
        for kind, told in sorted(self._answers.items()):
            number = told.total()
            found[self._task.KINDS[kind]] = {
                "accuracy": self._right[kind] / number,
                "chance": max(told.values()) / number,
                "targets": number,
            }
        return {"kinds": found}

    def _kinds(self, batch: Batch, number: int) -> list[int]:
        """The kind of each target; all are of one where the task has none."""
        if not hasattr(self._task, "KINDS"):
            return [0] * number
        return list(self._task.kinds(batch).tolist())
