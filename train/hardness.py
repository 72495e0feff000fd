"""A run's ledger in; how much harder than others each pair stayed, and groups, out.

A wrong pair is learnt late or never, so its loss stays above that of the others: training dynamics
find noise without a clean reference (Pleiss et al., 2020, the area under the margin; Swayamdipta et
al., 2020, dataset maps). Losses of different steps are not alike, since a model learns; so what
counts of a showing is its loss less the mean loss of its step, and of a pair the mean over its
showings.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curate.dataset import tables
from curate.dataset.errors import DataError


class Hardness:
    """What a ledger tells of single pairs.

    Args:
        ledger: table of `train.ledger`.
        task: whose losses.

    Attributes:
        uids: all pairs, `(n,)`.
        excess: of each its mean loss beyond that of its steps; NaN where it has none, `(n,)`.

    Raises:
        DataError: the ledger has no losses of the task.
    """

    def __init__(self, ledger: Path, task: str) -> None:
        named, there = f"{task}_losses", tables.schema(ledger).names
        if named not in there:
            known = [name.removesuffix("_losses") for name in there if name.endswith("_losses")]
            raise DataError(f"{ledger} has no losses of {task!r} (known: {', '.join(known)})")
        rows = tables.read(ledger, ["uid", "steps", named])
        self.uids = rows.column("uid").to_numpy()
        lists = rows.column("steps").to_pylist()
        lengths = np.array([len(steps or ()) for steps in lists], np.int64)
        pair = np.repeat(np.arange(len(lengths)), lengths)
        steps = np.array([step for steps in lists for step in steps or ()], np.int64)
        every = [one for losses in rows.column(named).to_pylist() for one in losses or ()]
        losses = np.array(every, float)
        asked = ~np.isnan(losses)
        self._pair, self._step, self._loss = pair[asked], steps[asked], losses[asked]
        usual = np.bincount(self._step, self._loss) / np.maximum(1, np.bincount(self._step))
        total = np.bincount(self._pair, self._loss - usual[self._step], len(lengths))
        number = np.bincount(self._pair, minlength=len(lengths))
        self.excess = np.where(number > 0, total / np.maximum(1, number), np.nan)

    def fall(self, own: np.ndarray, parts: int) -> list[float | None]:
        """Mean loss of the showings of some pairs `(n,)` bool, in each of equal parts of the run.

        None of a part that shows none of them.
        """
        ends = np.linspace(0, self._step.max(initial=0), parts + 1)[1:-1]
        part, mine = np.searchsorted(ends, self._step, "left"), own[self._pair]
        found = [self._loss[mine & (part == number)] for number in range(parts)]
        return [float(losses.mean()) if len(losses) else None for losses in found]


def over_runs(runs: Sequence[Hardness]) -> np.ndarray:
    """The excess loss of each pair, the mean of the runs that asked it; NaN where none did, `(n,)`.

    Args:
        runs: on the same pairs.
    """
    each = np.stack([one.excess for one in runs])
    known = ~np.isnan(each)
    total, number = np.where(known, each, 0.0).sum(0), known.sum(0)
    return np.where(number > 0, total / np.maximum(1, number), np.nan)


def auc(noise: np.ndarray, clean: np.ndarray) -> float | None:
    """Chance that a noisy pair has a higher value than a clean one, ties counting half.

    Args:
        noise: values, `(n,)`; NaN are left out.
        clean: the same, `(m,)`.

    Returns:
        None where there is none of either.
    """
    from scipy.stats import mannwhitneyu

    noise, clean = (side[~np.isnan(side)] for side in (noise, clean))
    if not len(noise) or not len(clean):
        return None
    return float(mannwhitneyu(noise, clean).statistic / (len(noise) * len(clean)))
