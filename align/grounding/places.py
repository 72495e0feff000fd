"""Relations of a caption and the boxes of its phrases in; which hold in the picture, out.

Only what boxes can tell is told: which side of the other a thing is on, by their centres. `on`,
`in` or `behind` they do not tell. What is nearly level is neither borne out nor contradicted. Sides
are the viewer's.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from align.boxes import PLACES, Object, around
from curate.dataset.relations import relation_name

_AXIS = {"left of": 0, "right of": 0, "above": 1, "under": 1}


class Told(NamedTuple):
    """What the picture tells of a relation."""

    place: str  # left of, right of, above or under
    holds: bool | None  # None: a thing is not found for sure, or it is nearly level
    offset: float | None  # between the centres along the axis, 0-1; None: a thing is not found


def place_of(lemma: str) -> str | None:
    """The relation of place that a relation is; None: none that boxes can tell."""
    name = relation_name(lemma)
    return name if name in PLACES else None


def told(place: str, one: np.ndarray | None, other: np.ndarray | None, clear: float) -> Told:
    """Whether one thing is on the side of the other that a caption says.

    Args:
        place: as of `place_of`.
        one: boxes of the first thing, `(n, 4)`; None: it is not found.
        other: boxes of the second.
        clear: least distance of the centres along the axis, relative to the picture.
    """
    if one is None or other is None:
        return Told(place, None, None)
    first, second = (Object("", tuple(around(boxes).tolist())) for boxes in (one, other))
    offset = abs(first.middle[_AXIS[place]] - second.middle[_AXIS[place]])
    return Told(place, PLACES[place](first, second) if offset >= clear else None, offset)


def checked(
    edges: Sequence[Mapping[str, Any]], boxes: Mapping[int, np.ndarray], clear: float
) -> list[tuple[int, Told]]:
    """What the picture tells of the relations of place of a caption, by number of the edge.

    Args:
        edges: rows of the labeler `scene`, of one caption.
        boxes: node -> boxes of the regions that its phrase names; those that are sure.
        clear: as of `told`.
    """
    found = []
    for edge in edges:
        place = place_of(edge["lemma"])
        if place:
            one, other = (boxes.get(edge[end]) for end in ("source", "target"))
            found.append((edge["edge"], told(place, one, other, clear)))
    return found
