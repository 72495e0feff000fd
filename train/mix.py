"""Names of a plan's tasks in, those of each step out: all of them, or some that are drawn for it.

UNITER (Chen et al., 2020) draws one task for each optimizer step, so that words and regions are
never hidden in one batch; all batches of a step, on whatever process, have the same tasks. A task
that is late (LXMERT's questions) joins in the middle of a run, by the number of the step alone.
"""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from curate.dataset.errors import ParamsError
from train import draws

_AND = "+"  # between tasks that are drawn together


class Mix:
    """The tasks of each step of a run.

    Args:
        mix: how often each task is drawn, or each group of several, as a plan says; empty: every
            step has all tasks.
        objectives: the tasks there are.
        seed: fixes the draws.
        late: steps after which tasks join that are not learnt from the start, by their names.

    Attributes:
        groups: names of the tasks that are drawn together.

    Raises:
        ParamsError: a task is drawn, or late, that there is not, or one is never drawn, or all are
            late.
    """

    def __init__(
        self,
        mix: Mapping[str, float],
        objectives: Iterable[str],
        seed: int,
        late: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        known = list(objectives)
        self._seed = seed
        self.groups = [split(group) for group in mix] or [known]
        if sorted(name for group in self.groups for name in group) != sorted(known):
            raise ParamsError(
                f"mix {dict(mix)} does not name each of the tasks {', '.join(known)} once; tasks "
                f"that are drawn together are joined by {_AND!r}"
            )
        weights = list(mix.values()) or [1.0]
        if min(weights) <= 0:
            raise ParamsError(f"mix {dict(mix)}: a task is drawn as often as a number above 0 says")
        self._weights, self._late = weights, dict(late)
        if unknown := sorted({*late} - {*known}):
            raise ParamsError(f"late: there is no task {', '.join(unknown)} ({', '.join(known)})")
        if not self._begun(0)[0]:
            raise ParamsError(f"late {', '.join(late)}: a run needs a task from its start on")

    def at(self, step: int) -> list[str]:
        """Names of the tasks of a step, counted from 0."""
        groups, weights = self._begun(step)
        until = list(accumulate(weight / sum(weights) for weight in weights))[:-1]
        chance = draws.uniform(np.array([step], np.uint64), 1, self._seed, "task")[0, 0]
        return groups[int(np.searchsorted(until, chance, side="right"))]

    def _begun(self, step: int) -> tuple[list[list[str]], list[float]]:
        """The groups that a step may draw, without tasks that are still to join, and how often."""
        begun = [[name for name in g if self._late.get(name, 0) <= step] for g in self.groups]
        there = [(g, weight) for g, weight in zip(begun, self._weights, strict=True) if g]
        return [g for g, _ in there], [weight for _, weight in there]


def split(group: str) -> list[str]:
    """`itm + wra` -> ["itm", "wra"]."""
    return [name.strip() for name in group.split(_AND)]


def fitted(
    mix: Mapping[str, float], objectives: Iterable[str], beside: Mapping[str, str]
) -> dict[str, float]:
    """A mix without the tasks that are left out, and with those that are added, once each.

    Args:
        mix: of a paper; an empty one stays empty.
        objectives: the tasks there are.
        beside: of some of these the task that one is drawn together with, unless the mix names it.
    """
    if not mix:
        return {}
    there = list(objectives)
    kept = {group: [name for name in split(group) if name in there] for group in mix}
    named = {name for names in kept.values() for name in names}
    for name in there:
        for names in kept.values():
            if name not in named and beside.get(name) in names:
                names.append(name)
    found = {f" {_AND} ".join(names): mix[group] for group, names in kept.items() if names}
    drawn = {name for names in kept.values() for name in names}
    return found | {name: 1.0 for name in there if name not in drawn}
