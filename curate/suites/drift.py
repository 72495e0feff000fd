"""Expectations of how a snapshot's pairs spread: nearly as those of the version accepted before."""

import json
from dataclasses import field

import pyarrow as pa

from curate.dataset import parts
from curate.dataset.checks import Check
from curate.dataset.errors import DataError
from curate.stage.params import parameters
from curate.suites import Data

_SCHEMA = pa.schema(
    {
        "column": pa.string(),  # <scorer>.<column>, or what pairs are grouped by
        "statistic": pa.string(),
        "distance": pa.float64(),  # null: one of the two versions has no such column
        "limit": pa.float64(),
        "compared_with": pa.string(),  # id of the accepted version; null: there is none yet
    }
)


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

    Where no version was accepted yet there is nothing to compare with, the column `compared_with`
    is empty, and all expectations are met.

    Raises:
        DataError: `data.reads` is not what the stage `distributions` writes.
    """
    import great_expectations.expectations as gxe

    try:
        told = json.loads(data.reads.read_text(encoding="utf-8"))
        rows = [
            {
                "column": name,
                "statistic": told["statistic"],
                "distance": one.get("distance"),
                "limit": params.columns.get(name, params.scores if "." in name else params.groups),
                "compared_with": told["compared_with"],
            }
            for name, one in told["columns"].items()
        ]
    except (OSError, ValueError, KeyError) as error:
        again = "run its stage again (dvc repro distributions)"
        raise DataError(f"{data.reads} holds no distributions ({error!r}); {again}") from error
    near = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="limit",
        column_B="distance",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        description="at most so far from the accepted version (limit, distance)",
    )
    known = gxe.ExpectColumnValuesToBeUnique(column="column")
    advice = (
        "look at what moved (`pairwright diff`); if it is meant, accept it: "
        f"cp {data.reads} baseline.json"
    )
    table = pa.Table.from_pylist(rows, _SCHEMA)
    about = _NONE if told["compared_with"] is None else f"{_ABOUT} {told['compared_with']}."
    return [
        Check("distances", parts.whole(table), [known, near], ["column"], advice, about, shown=True)
    ]
