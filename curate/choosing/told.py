"""A choice in; the same as lines for a reader, and as values fit for JSON, out."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from curate import listing
from curate.choosing import commands
from curate.choosing.candidate import Candidate, Missing
from curate.choosing.choice import Choice, Limits, said
from curate.choosing.doubt import Doubt
from curate.reports.page import number

_HEADS = ("", "quality", "chance", "ms", "99 of 100", "memory", "files", "training", "backbone")
_RIGHT = tuple(range(1, 8))
ALONE = "ms are of an answer alone: those of finding a new picture's regions come on top"
RIVALS = 3  # that are told, the nearest first


class Answer(NamedTuple):
    """All that is to be told.

    Attributes:
        task: that is asked about.
        limits: that were set.
        choices: what follows, for each kind of figure.
        missing: what was wanted and not measured.
        stale: names of what was measured on another snapshot.
    """

    task: str
    limits: Limits
    choices: list[Choice]
    missing: list[Missing]
    stale: list[str]


def lines(answer: Answer) -> Iterator[str]:
    """An answer, line by line."""
    limits = said(answer.limits)
    yield f"Task {answer.task}" + (f", at most {', '.join(limits)}" if limits else ", no limits")
    for choice in answer.choices:
        yield ""
        yield from _choice(choice)
    if len(answer.choices) > 1:
        yield ""
        yield from _apart(answer.choices)
    if answer.stale:
        names = ", ".join(answer.stale)
        yield from ("", f"Measured on another snapshot than the one that is there: {names}")
    if answer.missing:
        yield from ("", "Not measured, with what measures it and CPU time by what like runs took")
        rows = [(f"  {one.name}", duration(one.hours), one.command) for one in answer.missing]
        yield from listing.table(rows, right=(1,))


def _choice(choice: Choice) -> Iterator[str]:
    yield f"By {choice.among}"
    if choice.best is None:
        yield "  nothing that was measured keeps the limits"
    else:
        yield f"  take {choice.best.name}: {choice.best.folder}"
    rows = [(*_cells(one, choice), "; ".join(why)) for one, why in _all(choice)]
    last = "left out for" if choice.outside else ""
    yield from listing.table([(*_HEADS, last), *rows], right=_RIGHT)
    if choice.front:
        yield "  ● no other is both as fast and as good"
    if any(one.costs.p50_ms is not None and not one.looks for one, _ in _all(choice)):
        yield f"  {ALONE}: `{commands.FIRST_WAYS}` measures that"
    yield from _lacking(choice)
    yield from _sure(choice)


def _cells(one: Candidate, choice: Choice) -> tuple[str, ...]:
    costs = one.costs
    spread = "" if one.quality.deviation is None else f" ± {one.quality.deviation:.3f}"
    mark = "●" if one.name in choice.front else " "
    return (
        f"  {mark} {one.name}",
        f"{one.quality.mean:.3f}{spread}",
        "–" if one.chance is None else f"{one.chance:.3f}",
        number(costs.p50_ms),
        number(costs.p99_ms),
        _mb(costs.memory_mb),
        _mb(costs.size_mb),
        duration(costs.training_hours),
        one.backbone or "–",
    )


def _mb(value: float | None) -> str:
    return "–" if value is None else f"{number(value)} MB"


def _all(choice: Choice) -> Iterator[tuple[Candidate, Sequence[str]]]:
    yield from ((one, ()) for one in choice.within)
    yield from choice.outside


def _lacking(choice: Choice) -> Iterator[str]:
    """Commands that would bring something within the limits, or tell whether it is."""
    blank = [one for one, _ in _all(choice) if one.costs.p99_ms is None]
    yield from (
        f"  time and memory of {one.name} are not measured: `{one.lacking}`" for one in blank
    )
    timed = [one for one, _ in choice.outside if one.seeds and one not in blank]
    if timed:
        command = commands.smaller(timed[0].folder.replace("{", "").partition(",")[0])
        yield f"  {timed[0].name} in forms for small devices is not measured: `{command}`"


def _sure(choice: Choice) -> Iterator[str]:
    if choice.best is None:
        return
    rivals = choice.rivals
    if not choice.doubts:
        yield "  Sure? There is no other to compare it with"
    elif not rivals:
        yield f"  Sure? Yes: {choice.doubts[0].why}"
    else:
        behind = "another" if len(rivals) == 1 else f"{len(rivals)} others"
        fastest = choice.fastest
        told = f", {fastest.name} the fastest of all" if fastest else ""
        yield f"  Sure? No: {behind} may be as good{told}"
        yield from (f"    {line}" for doubt in rivals[:RIVALS] for line in _doubt(doubt))


def _doubt(doubt: Doubt) -> Iterator[str]:
    yield doubt.why
    if doubt.to_do:
        took = duration(doubt.hours)
        yield (
            f"  to be sure, {took} of CPU: {doubt.to_do}"
            if doubt.hours
            else (f"  to be sure: {doubt.to_do}")
        )


def _apart(choices: Sequence[Choice]) -> Iterator[str]:
    yield (
        f"These {len(choices)} figures were not measured alike: none of one is laid beside one of "
        "another"
    )
    most = max(one.questions for choice in choices for one, _ in _all(choice))
    every = [one for choice in choices for one, _ in _all(choice) if one.questions < most]
    for command in dict.fromkeys(one.alike.format(most) for one in every if one.alike):
        yield f"  `{command}` measures on {most:,} questions, too"


def duration(hours: float | None) -> str:
    """CPU time for reading."""
    if hours is None:
        return "–"
    seconds = hours * 3600
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{number(round(seconds / length, 1))} {unit}"
    return f"{seconds:.0f} s"


def document(answer: Answer) -> dict[str, Any]:
    """An answer as JSON has it."""
    return {
        "task": answer.task,
        "limits": asdict(answer.limits),
        "choices": [
            {
                "among": choice.among,
                "take": None if choice.best is None else _document(choice.best, choice),
                "next": [_document(one, choice) for one in choice.within[1:]],
                "left_out": [{**_document(one, choice), "why": why} for one, why in choice.outside],
                "sure": None if choice.best is None else all(d.clear for d in choice.doubts),
                "fastest_rival": None if choice.fastest is None else choice.fastest.name,
                "doubts": [{**d._asdict(), "other": d.other.name} for d in choice.doubts],
            }
            for choice in answer.choices
        ],
        "missing": [one._asdict() for one in answer.missing],
        "other_snapshot": answer.stale,
    }


def _document(one: Candidate, choice: Choice) -> dict[str, Any]:
    return {
        "name": one.name,
        "folder": one.folder,
        "quality": one.quality._asdict(),
        "chance": one.chance,
        "questions": one.questions,
        "costs": one.costs._asdict(),
        "backbone": one.backbone,
        "looks": one.looks,
        "seeds": list(one.seeds),
        "front": one.name in choice.front,
    }
