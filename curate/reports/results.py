"""Figures that stages wrote become rows of a table: a name, a value, how many times chance it is.

Two ways to say the latter are understood: `times_chance` beside the one figure of a mapping, and
`times_chance_at_10` beside `recall_at_10`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_CHANCE, _TIMES = "chance", "times_chance"
_RECALL = re.compile(r"recall_at_(\d+)")


def read(file: Path) -> dict[str, Any]:
    """Figures that a stage wrote; empty where it wrote none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def below(folder: Path) -> dict[str, dict[str, Any]]:
    """Figures of every stage of a `foreach`, by key."""
    return {file.stem: read(file) for file in sorted(folder.glob("*.json"))}


class Row(NamedTuple):
    """One figure."""

    group: str  # names of the mappings around it
    name: str
    value: float
    times_chance: float | None = None


class Recall(NamedTuple):
    """Recall at several ranks in one direction of retrieval."""

    group: str
    candidates: int | None
    at: dict[int, Row]  # rank -> recall


def rows(figures: Mapping[str, Any]) -> list[Row]:
    """Every number in nested figures, in their order; chance itself is left out."""
    return list(_rows(figures, ()))


def _rows(figures: Mapping[str, Any], group: tuple[str, ...]) -> Iterator[Row]:
    for key, value in figures.items():
        if isinstance(value, Mapping):
            own = [k for k, v in value.items() if _is_number(v) and k not in (_CHANCE, _TIMES)]
            if _TIMES in value and len(own) == 1:
                yield Row(" ".join(group), key, value[own[0]], value[_TIMES])
            else:
                yield from _rows(value, (*group, key))
        elif _is_number(value) and not key.startswith((_CHANCE, _TIMES)):
            times = figures.get(f"{_TIMES}_{key.partition('_')[2]}")
            yield Row(" ".join(group), key, value, times if _is_number(times) else None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def recalls(found: Sequence[Row]) -> list[Recall]:
    """The rows that are recalls at a rank, one entry per direction."""
    held = {row.group: row.value for row in found if row.name == "candidates"}
    ranked: dict[str, dict[int, Row]] = {}
    for row in found:
        if match := _RECALL.fullmatch(row.name):
            ranked.setdefault(row.group, {})[int(match[1])] = row
    return [Recall(group, _candidates(group, held), at) for group, at in ranked.items()]


def _candidates(group: str, held: Mapping[str, float]) -> int | None:
    """Number of candidates of a group, or of the mapping around it."""
    place = group
    while place not in held and place:
        place = place.rpartition(" ")[0]
    return int(held[place]) if place in held else None


def others(found: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows that are no recalls, by group, groups in the order in which they appear."""
    groups: dict[str, list[Row]] = {}
    for row in found:
        if not _RECALL.fullmatch(row.name) and row.name != "candidates":
            groups.setdefault(row.group, []).append(row)
    return list(groups.items())
