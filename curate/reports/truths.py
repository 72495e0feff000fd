"""What is known exactly of made pairs becomes what their figures show; without tables, nothing."""

from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset import record, tables, truth
from curate.dataset.tables import Table
from curate.reports.inputs import Inputs, NotRun

_PARENTS = Table(record.PARENTS, ("uid", "parent"))


class Box(NamedTuple):
    """An object of a composed picture; the box is in percent of the picture's sides."""

    number: int  # from 1, as it is shown
    name: str
    left: float
    top: float
    width: float
    height: float


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
            Box(
                row["object"] + 1,
                row["name"],
                *(round(100 * row[side], 2) for side in ("x1", "y1")),
                *(round(100 * (row[f"{axis}2"] - row[f"{axis}1"]), 2) for axis in "xy"),
            )
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
        return truth.of_sets([folder], name, form)
