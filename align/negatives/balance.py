"""What attackers say of many negatives in; which of these are kept, so that all are blind, out.

Negatives that make the same exchange and of which all attackers say the same are alike. How many of
each such cell are kept is a linear program: as many as there can be, with no attacker's accuracy
further from a half than asked, and with every exchange made as often one way as the other (else a
word that comes more often than it goes gives negatives away). Which ones of a cell is drawn.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from align.negatives import attackers
from align.negatives.form import Negative, draw, text

Signs = tuple[int, ...]
Kept = dict[tuple[str, str, str], float]
"""Language, kind, and what the attackers say, as text -> share of such negatives that is kept."""


class Cell(NamedTuple):
    """Negatives that are alike.

    Attributes:
        signs: what the attackers say of them.
        was: what is exchanged.
        becomes: for what; the same where two words of one caption change places.
    """

    signs: Signs
    was: str = ""
    becomes: str = ""


def shares(cells: Mapping[Cell, int], within: float) -> dict[Cell, float]:
    """Share of each cell that is kept, 0-1.

    Args:
        cells: number of negatives in each.
        within: how far from a half an accuracy may be, e.g. 0.04.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    if not cells:
        return {}
    names = sorted(cells)
    matrix = np.array([cell.signs for cell in names], float).T  # attackers x cells
    # |sum of signs| <= 2 within x number kept, both ways
    rows = np.concatenate([matrix, -matrix]) - 2 * within
    exchanges = sorted({tuple(sorted(c[1:])) for c in names if c.was != c.becomes})
    place = {exchange: number for number, exchange in enumerate(exchanges)}
    ways = [
        (
            place[min(c.was, c.becomes), max(c.was, c.becomes)],
            number,
            1.0 if c.was < c.becomes else -1.0,
        )
        for number, c in enumerate(names)
        if c.was != c.becomes
    ]
    at, cell, way = list(zip(*ways, strict=True)) or ((), (), ())
    both = coo_array((way, (at, cell)), (len(exchanges), len(names))) if ways else None
    solved = linprog(
        -np.ones(len(names)),
        A_ub=rows,
        b_ub=np.zeros(len(rows)),
        A_eq=both,
        b_eq=np.zeros(len(exchanges)) if ways else None,
        bounds=[(0, cells[name]) for name in names],
    )
    kept = solved.x if solved.success else np.zeros(len(names))
    share = np.clip(kept / [cells[name] for name in names], 0, 1)  # solvers miss bounds by rounding
    return dict(zip(names, share.tolist(), strict=True))


def chosen(draws: Sequence[float], share: float) -> list[int]:
    """Places of a share of a cell's members, those of the least draws; rounded down."""
    number = int(share * len(draws) + 1e-9)
    return sorted(sorted(range(len(draws)), key=lambda i: (draws[i], i))[:number])


def balanced(
    found: Sequence[Negative], known: Kept | None, within: float
) -> tuple[list[Negative], Kept]:
    """The negatives that are kept, and the share of each kind of them.

    Args:
        found: negatives of any languages and kinds; each of these sets is balanced by itself.
        known: shares that the pool was balanced with; None: these are to be found.
        within: how far from a half an attacker's accuracy may be.
    """
    kept: list[Negative] = []
    told: Kept = {}
    for (lang, kind), members in sorted(by_set(found).items()):
        cells: dict[Cell, list[Negative]] = defaultdict(list)
        for one in members:
            cells[_cell(one)].append(one)
        if known is None:
            own = shares({cell: len(those) for cell, those in cells.items()}, within)
        else:
            own = {cell: known.get((lang, kind, text(cell.signs)), 0.0) for cell in cells}
        left: dict[Signs, list[int]] = defaultdict(lambda: [0, 0])
        for cell, those in cells.items():
            draws = [draw(one.pair.uid, one.candidate.how, "kept") for one in those]
            places = (
                chosen(draws, own[cell])
                if known is None
                else [i for i, number in enumerate(draws) if number < own[cell]]
            )
            kept += [those[i] for i in places]
            left[cell.signs][0] += len(places)
            left[cell.signs][1] += len(those)
        for signs, (some, every) in left.items():
            told[lang, kind, text(signs)] = some / every
    return kept, told


def _cell(one: Negative) -> Cell:
    placed = len(one.candidate.edits) > 1  # two words of the caption change places
    return Cell(one.signs, *(("", "") if placed else one.candidate[3:5]))


def by_set(found: Sequence[Negative]) -> dict[tuple[str, str], list[Negative]]:
    """(language, kind) -> its negatives."""
    sets: dict[tuple[str, str], list[Negative]] = defaultdict(list)
    for one in found:
        sets[one.pair.lang, one.proof.kind].append(one)
    return sets


def scores(found: Sequence[Negative], kept: Sequence[Negative]) -> Iterator[dict[str, Any]]:
    """Rows of schema `ATTACKERS`: what each attacker gets right before and after."""
    size, left = len(attackers.NAMES), by_set(kept)
    for (lang, kind), members in sorted(by_set(found).items()):
        own = left.get((lang, kind), [])
        for number, said in enumerate(("caption", "twin")):
            part = slice(number * size, (number + 1) * size)
            before = attackers.accuracies([one.signs[part] for one in members])
            after = attackers.accuracies([one.signs[part] for one in own])
            for name in attackers.NAMES:
                yield {
                    "lang": lang,
                    "kind": kind,
                    "said": said,
                    "attacker": name,
                    "found": len(members),
                    "before": before[name],
                    "kept": len(own),
                    "after": after[name],
                }
