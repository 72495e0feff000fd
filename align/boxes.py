"""Boxes of a picture's objects in; whether they lie in it, and bear out what is said of them, out.

A box is x1, y1, x2, y2, relative to the picture, 0-1, y downwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from curate.dataset.truth import Fact


class Object(NamedTuple):
    """An object of a picture."""

    name: str  # lemma
    box: tuple[float, float, float, float]
    visible: float = 1.0  # share of its pixels that nothing covers

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre, x and y."""
        x1, y1, x2, y2 = self.box
        return (x1 + x2) / 2, (y1 + y2) / 2

    @property
    def inside(self) -> float:
        """Share of its box that lies in the picture; 0 where the box is none."""
        x1, y1, x2, y2 = self.box
        area = (x2 - x1) * (y2 - y1)
        if x2 <= x1 or y2 <= y1 or not area > 0:
            return 0.0
        width, height = min(x2, 1.0) - max(x1, 0.0), min(y2, 1.0) - max(y1, 0.0)
        return max(width, 0.0) * max(height, 0.0) / area


def around(boxes: np.ndarray) -> np.ndarray:
    """The box `(4,)` around some boxes `(n, 4)`, n 1 or more."""
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


PLACES: Mapping[str, Callable[[Object, Object], bool]] = {  # relation -> whether it holds
    "left of": lambda one, other: one.middle[0] < other.middle[0],
    "right of": lambda one, other: one.middle[0] > other.middle[0],
    "above": lambda one, other: one.middle[1] < other.middle[1],
    "under": lambda one, other: one.middle[1] > other.middle[1],
}


def placed(facts: Iterable[Fact], objects: Sequence[Object]) -> float | None:
    """Share of the relations of place that some two objects of their names bear out.

    Returns:
        None where no fact relates objects that are known by such a relation.
    """
    held = []
    for fact in facts:
        holds = PLACES.get(fact.value or "")
        if fact.kind == "relation" and holds:
            ones = [o for o in objects if o.name == fact.subject]
            others = [o for o in objects if o.name == fact.target]
            if ones and others:
                held.append(any(holds(a, b) for a in ones for b in others if a is not b))
    return sum(held) / len(held) if held else None


def counted(facts: Iterable[Fact], objects: Sequence[Object]) -> float | None:
    """Share of the counts, of objects that are known, that the number of them bears out."""
    held = []
    for fact in facts:
        number = sum(o.name == fact.subject for o in objects)
        if fact.kind == "count" and number:
            held.append(fact.value == str(number))
    return sum(held) / len(held) if held else None
