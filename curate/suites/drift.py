"""Expectations of how a snapshot's pairs spread: nearly as those of the version accepted before."""

import json
from dataclasses import field
from typing import Any

import pyarrow as pa

from curate.dataset import parts
from curate.dataset.checks import Check
from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.suites import Data

_SCHEMA = pa.schema(
    {
        "column": pa.string(),  # <scorer>.<column>, or what pairs are grouped by
        "distance": pa.float64(),  # null: one of the two versions has no such column
        "limit": pa.float64(),
        "above_limit": pa.float64(),  # distance - limit
    }
)
_DECIMALS = 6
_NONE = (
    "No version was accepted yet (baseline.json holds null), so there is nothing to compare with."
)
_ABOUT = (
    "A row is a score, or what pairs are grouped by, with its Jensen-Shannon distance (0: as "
    "before, 1: nothing in common) from the accepted snapshot"
)


@parameters
class Params:
    """How far a snapshot may move from the accepted version: Jensen-Shannon distances, 0 to 1."""

    scores: float = 0.1  # of a score
    groups: float = 0.1  # of languages, sources, licences, splits
    columns: dict[str, float] = field(default_factory=dict)  # of some columns, instead


def checks(data: Data, params: Params) -> list[Check]:
    """One check: a row for each column, with its distance.

    Where no version was accepted yet there is nothing to compare with: the docs say so, and all
    expectations are met.

    Raises:
        DataError: `data.reads` is not what the stage `distributions` writes.
    """
    import great_expectations.expectations as gxe

    try:
        told = json.loads(data.reads.read_text(encoding="utf-8"))
        rows = [_row(name, one.get("distance"), params) for name, one in told["columns"].items()]
        accepted, gone = told["compared_with"], told.get("gone")
    except (OSError, ValueError, KeyError) as error:
        again = "run its stage again (dvc repro distributions)"
        raise DataError(f"{data.reads} holds no distributions ({error!r}); {again}") from error
    expectations = [
        gxe.ExpectColumnValuesToBeUnique(column="column"),
        gxe.ExpectColumnValuesToBeBetween(
            column="above_limit",
            max_value=0,
            description="the distance from the accepted version is at most the limit",
        ),
    ]
    advice = (
        "look at what moved (`pairwright diff`); if it is meant, accept it: "
        f"cp {data.reads} baseline.json"
    )
    about = _NONE if accepted is None else f"{_ABOUT} {accepted}."
    about += f" It had more: {', '.join(gone)}." if gone else ""
    rows.sort(key=lambda row: (-(row["distance"] or 0.0), row["column"]))
    whole = parts.whole(pa.Table.from_pylist(rows, _SCHEMA))
    return [Check("distances", whole, expectations, ["column"], advice, about, shown=True)]


def _row(name: str, distance: float | None, params: Params) -> dict[str, Any]:
    limit = params.columns.get(name, params.scores if "." in name else params.groups)
    above = None if distance is None else round(distance - limit, _DECIMALS)
    return {"column": name, "distance": distance, "limit": limit, "above_limit": above}
