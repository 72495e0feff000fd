"""What is known exactly of made pairs becomes what their figures show; without tables, nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset import record, tables, truth
from curate.dataset.tables import Table
from curate.reports.inputs import Inputs, NotRun

_PARENTS = Table(record.PARENTS, ("uid", "parent"))


class Box(NamedTuple):
    """A thing of a picture; the box is in percent of the picture's sides."""

    number: int | str  # as it is shown
    name: str
    left: float
    top: float
    width: float
    height: float


def box(number: int | str, name: str, corners: Mapping[str, Any]) -> Box:
    """A box as it is shown.

    Args:
        number: of the thing, as it is shown.
        name: of it.
        corners: x1, y1, x2 and y2, relative to the picture, 0-1.
    """
    sides = [corners["x1"], corners["y1"]]
    sides += [corners["x2"] - corners["x1"], corners["y2"] - corners["y1"]]
    return Box(number, name, *(round(100 * float(side), 2) for side in sides))


class Truths:
    """The tables beside the made sets, each read once when asked for."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._read: dict[str, pa.Table] = {}

    def parents(self, uid: str, first: str) -> list[str]:
        """Uids of what a pair was made from, the one whose licence it has first."""
        held = [row["parent"] for row in self._rows("parents", _PARENTS, uid)]
        return [first, *(one for one in held if one != first)]

    def boxes(self, image: str) -> list[Box]:
        """Objects of a picture, in the order of drawing."""
        return [
            box(row["object"] + 1, row["name"], row)
            for row in self._rows("objects", truth.OBJECTS, image)
        ]

    def relations(self, image: str) -> list[str]:
        """What stands where in a picture, in words with the objects' numbers."""
        names = {box.number: f"{box.name} {box.number}" for box in self.boxes(image)}
        return [
            f"{names.get(row['source'] + 1, '?')} {row['relation']} "
            f"{names.get(row['target'] + 1, '?')}"
            for row in self._rows("relations", truth.RELATIONS, image)
        ]

    def counterfactuals(self, uid: str) -> list[dict[str, Any]]:
        """Pairs of which a pair differs in one fact: other, kind, was, becomes."""
        return self._rows("counterfactuals", truth.COUNTERFACTUALS, uid)

    def _rows(self, name: str, form: Table, key: str) -> list[dict[str, Any]]:
        """Rows of a table of all made sets that have a key."""
        if name not in self._read:
            self._read[name] = self._whole(name, form)
        found: list[dict[str, Any]] = tables.rows_with(
            self._read[name], form.key[0], [key]
        ).to_pylist()
        return found

    def _whole(self, name: str, form: Table) -> pa.Table:
        try:
            folder = self._inputs.there(self._inputs.paths.made, "make")
        except NotRun:
            return form.schema.empty_table()
        if form is truth.COUNTERFACTUALS:
            return truth.twins([folder])
        return truth.of_sets([folder], name, form)
