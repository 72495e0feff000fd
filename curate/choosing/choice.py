"""Candidates and limits in; the best that keeps them, what comes next, and how sure it is, out.

Only what was measured alike is laid side by side, so that there is a choice for each figure and
number of questions. A limit leaves out whatever has no figure to hold against it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from curate.choosing.candidate import Candidate, Costs, Measured
from curate.choosing.doubt import Doubt, between


@dataclass(frozen=True)
class Limits:
    """What an answer and training may cost at most; None: as much as they do.

    Attributes:
        latency_ms: that 99 of 100 answers keep within.
        memory_mb: peak.
        size_mb: of files.
        training_hours: of CPU.
    """

    latency_ms: float | None = None
    memory_mb: float | None = None
    size_mb: float | None = None
    training_hours: float | None = None


_HELD = {  # limit -> the cost that it is held against, and both in words
    "latency_ms": ("p99_ms", "99 of 100 answers within {:.3g} ms"),
    "memory_mb": ("memory_mb", "{:.3g} MB of memory"),
    "size_mb": ("size_mb", "{:.3g} MB of files"),
    "training_hours": ("training_hours", "{:.3g} CPU hours of training"),
}


@dataclass(frozen=True)
class Choice:
    """What follows for candidates that were measured alike.

    Attributes:
        among: the figure and the questions that they have in common.
        within: those that keep the limits, the best first.
        outside: the others, the best first, with what speaks against each.
        front: names of those that no other is both as fast and as good as, and better in one.
        doubts: how sure it is that the first of `within` is better than each of the others.
    """

    among: str
    within: list[Candidate]
    outside: list[tuple[Candidate, list[str]]]
    front: set[str]
    doubts: list[Doubt]

    @property
    def best(self) -> Candidate | None:
        """The one to take, if any keeps the limits."""
        return self.within[0] if self.within else None

    @property
    def rivals(self) -> list[Doubt]:
        """Those that may be as good, the nearest first."""
        return [doubt for doubt in self.doubts if not doubt.clear]

    @property
    def fastest(self) -> Candidate | None:
        """Of the best and its rivals the one that answers first, if it is not the best itself."""
        level = [*self.within[:1], *(doubt.other for doubt in self.rivals)]
        timed = [(one.costs.p50_ms, one) for one in level if one.costs.p50_ms is not None]
        first = min(timed, key=lambda pair: pair[0], default=(0.0, None))[1]
        return None if first is self.best else first


def choices(measured: Measured, limits: Limits) -> list[Choice]:
    """A choice for each kind of figure; those that have something to take first."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in sorted(measured.candidates, key=lambda one: -one.quality.mean):
        groups.setdefault(candidate.among, []).append(candidate)
    found = [_choice(among, some, limits) for among, some in groups.items()]
    return sorted(found, key=lambda choice: (choice.best is None, -_questions(choice)))


def _choice(among: str, some: Sequence[Candidate], limits: Limits) -> Choice:
    judged = [(one, list(_against(one.costs, limits))) for one in some]
    within = [one for one, reasons in judged if not reasons]
    return Choice(
        among,
        within,
        [(one, reasons) for one, reasons in judged if reasons],
        {one.name for one in some if _leads(one, some)},
        [between(within[0], other) for other in within[1:]],
    )


def said(limits: Limits) -> list[str]:
    """The limits that there are, in words."""
    return [
        _HELD[limit.name][1].format(value)
        for limit in fields(limits)
        if (value := getattr(limits, limit.name)) is not None
    ]


def _against(costs: Costs, limits: Limits) -> Iterator[str]:
    """What of the costs speaks against a candidate."""
    for name, (cost, words) in _HELD.items():
        most, found = getattr(limits, name), getattr(costs, cost)
        if most is not None and found is None:
            yield f"{name.rpartition('_')[0].replace('_', ' ')} was not measured"
        elif most is not None and found > most:
            yield words.format(found)


def _leads(one: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether no other is as fast and as good, and better in one; never where it was not timed."""
    own = one.costs.p50_ms
    if own is None:
        return False
    return not any(
        other.costs.p50_ms is not None
        and other.costs.p50_ms <= own
        and other.quality.mean >= one.quality.mean
        and (other.costs.p50_ms, other.quality.mean) != (own, one.quality.mean)
        for other in others
    )


def _questions(choice: Choice) -> int:
    return max(one.questions for one in [*choice.within, *(one for one, _ in choice.outside)])
