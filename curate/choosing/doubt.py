"""Two candidates in; whether the first is surely better, and what it takes to know, out.

Models of several seeds are compared by Welch's test of their means. A trained model in several
forms has no seeds: what differs is which questions it answers, and two shares of so many questions
are compared. Where one of two models was trained once only, nothing tells how far seeds lie apart.
"""

import math
from typing import NamedTuple

from curate.choosing import commands
from curate.choosing.candidate import Candidate, Quality, Stages, together

_SURE = 0.05  # chance, at most, that what is level differs so much
_FEW = 3  # runs of each, at least, where one was run only once
_MOST = 64  # runs of each that are thought of


class Doubt(NamedTuple):
    """How sure it is that one is better than another.

    Attributes:
        other: the one that is behind.
        clear: whether it surely is.
        why: in words.
        to_do: what would make it clear; empty: nothing is to be done, or nothing is known.
        hours: of CPU that this takes; None: it was not measured.
    """

    other: Candidate
    clear: bool
    why: str
    to_do: str = ""
    hours: float | None = None


def between(best: Candidate, other: Candidate) -> Doubt:
    """How sure it is that the first of two, which is ahead, is better."""
    gap = best.quality.mean - other.quality.mean
    ahead = f"{best.name} is {gap:.4f} ahead of {other.name}" if gap else f"{other.name} is level"
    if not best.seeds and not other.seeds and best.quality.runs == other.quality.runs == 1:
        return _by_questions(best, other, gap, ahead)
    runs = min(best.quality.runs, other.quality.runs)
    if runs < 2:
        few = [one.name for one in (best, other) if one.quality.runs < 2]
        once = f"{few[0]} was" if len(few) == 1 else "each was"
        why = f"{ahead}; {once} trained once, so how far seeds lie apart is not known"
        return Doubt(other, False, why, *_further(best, other, _FEW))
    chance = welch(best.quality, other.quality)
    odds = f"{chance:.2f} would be the chance of so much between two that are level"
    if chance < _SURE:
        return Doubt(other, True, f"{ahead}; {odds}")
    needed = runs_needed(best.quality, other.quality)
    if needed is None:
        return Doubt(other, False, f"{ahead}; {odds}, and {_MOST} runs of each would not settle it")
    return Doubt(other, False, f"{ahead}; {odds}", *_further(best, other, needed))


def welch(a: Quality, b: Quality) -> float:
    """The chance that two of the same mean differ as much (Welch, 1947), by scipy."""
    from scipy import stats

    if not a.deviation and not b.deviation:
        return float(a.mean == b.mean)
    found = stats.ttest_ind_from_stats(
        *(a.mean, a.deviation, a.runs), *(b.mean, b.deviation, b.runs), equal_var=False
    )
    return float(found.pvalue)


def runs_needed(a: Quality, b: Quality) -> int | None:
    """Runs of each by which the difference would be clear, if it and the spread stay as they are.

    None: there are none, or too many to think of.
    """
    for runs in range(max(a.runs, b.runs) + 1, _MOST + 1):
        if welch(a._replace(runs=runs), b._replace(runs=runs)) < _SURE:
            return runs
    return None


def _by_questions(best: Candidate, other: Candidate, gap: float, ahead: str) -> Doubt:
    """By the shares of questions that were answered rightly, as if each were asked others."""
    spread = sum(one.quality.mean * (1 - one.quality.mean) for one in (best, other))
    error = math.sqrt(spread / best.questions)
    why = f"{ahead}, with ± {error:.4f} of chance among {best.questions:,} questions"
    if gap and gap >= 1.96 * error:
        return Doubt(other, True, why)
    if not gap:
        return Doubt(other, False, why)
    asked = math.ceil(spread * (1.96 / gap) ** 2)
    return Doubt(other, False, why, f"measure both on {asked:,} questions or more")


def _further(best: Candidate, other: Candidate, runs: int) -> tuple[str, float | None]:
    """The command that makes so many runs of each, and the hours that they take."""
    short = [one for one in (best, other) if one.quality.runs < runs]
    if not all(one.seeds and one.stages for one in short) or len({s.all for s in _all(short)}) > 1:
        told = " and ".join(one.name for one in short if not one.seeds)
        return f"train {told} from {runs} seeds, as `comparison` does", None
    hours = together([_hours(one, runs) for one in short])
    return f"`{commands.more(short, runs)}`", hours


def _all(candidates: list[Candidate]) -> list[Stages]:
    return [one.stages for one in candidates if one.stages]


def _hours(one: Candidate, runs: int) -> float | None:
    took = one.costs.training_hours
    return None if took is None else took * (runs - one.quality.runs)
