"""Expectations of the scores of a pool: every key of the pool, the scorer's columns, its ranges."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import sets, tables
from curate.dataset.checks import Check, from_schema
from curate.dataset.errors import DataError
from curate.stage import plugin
from curate.stage.params import parameters


@parameters
class Params:
    """What scores may be."""

    ranges: dict[str, tuple[float, float]]  # <scorer>.<column> -> least and greatest value


def checks(reads: Path, pool: Path, split: Path, params: Params) -> list[Check]:  # noqa: ARG001
    """One check for each table of scores in the folder `reads`.

    Raises:
        DataError: the folder holds no table.
    """
    import great_expectations.expectations as gxe

    pairs = sets.located([pool]).select(["uid", "image"])
    files = sorted(reads.glob("*.parquet"))
    if not files:
        raise DataError(f"no table of scores in {reads}; run the score stages (dvc repro)")
    found = []
    for file in files:
        rows = tables.read(file)
        told = rows.schema.metadata or {}
        scorer = plugin.load(
            "curate.scorers", told.get(tables.KIND.encode(), file.stem.encode()).decode()
        )
        keys = pc.unique(pairs.column(scorer.KEY))
        if scorer.KEY in rows.column_names:
            rows = rows.append_column("in_pool", pc.is_in(rows.column(scorer.KEY), value_set=keys))
        expectations = [
            *from_schema(scorer.SCHEMA, scorer.KEY),
            gxe.ExpectTableRowCountToEqual(
                value=len(keys), description=f"every {scorer.KEY} of the pool has a row"
            ),
            gxe.ExpectColumnValuesToBeInSet(
                column="in_pool", value_set=[True], description=f"{scorer.KEY} is in the pool"
            ),
            *_ranges(file.stem, scorer.SCHEMA, params),
        ]
        found.append(Check(file.stem, rows, expectations))
    return found


def _ranges(name: str, schema: pa.Schema, params: Params) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=greatest)
        for column in schema.names
        for least, greatest in [params.ranges.get(f"{name}.{column}", (None, None))]
        if least is not None
    ]
