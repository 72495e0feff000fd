"""Expectations of the scores of a pool: every key of the pool, the scorer's columns, its ranges."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import parts, sets, tables
from curate.dataset.checks import Check, from_schema
from curate.dataset.errors import DataError
from curate.stage import plugin
from curate.stage.params import parameters
from curate.suites import Data, _common

_NAMES = {"uid": "pair", "image": "picture"}
_KEYS = pa.schema(
    {
        "table": pa.string(),
        "keys": pa.int64(),  # of the pool
        "missing": pa.string(),  # how many keys of the pool it lacks, and the first; null: none
        "foreign": pa.string(),  # how many of its keys the pool lacks, and the first; null: none
    }
)


@parameters
class Params:
    """What scores may be."""

    ranges: dict[str, tuple[float | None, float | None]]  # <scorer>.<column> -> least, greatest


def checks(data: Data, params: Params) -> Iterator[Check]:
    """One check for each table of scores in the folder `data.reads`, and one of all their keys.

    Raises:
        DataError: the folder holds no table.
    """
    import great_expectations.expectations as gxe

    files = sorted(data.reads.glob("*.parquet"))
    if not files:
        raise DataError(f"no table of scores in {data.reads}; run the score stages (dvc repro)")
    scorers = {file: _scorer(file) for file in files}
    for file, scorer in scorers.items():
        expectations = [
            *from_schema(scorer.SCHEMA, None),
            _common.in_order(scorer.KEY),
            *_ranges(file.stem, scorer.SCHEMA, params),
        ]
        about = f"A row is what the scorer {file.stem} says of a {_NAMES[scorer.KEY]}."
        rows = parts.stream(file)
        if scorer.KEY in tables.schema(file).names:
            rows = parts.ordered(rows, scorer.KEY)
        yield Check(file.stem, rows, expectations, [scorer.KEY], _again(file.stem), about)
    whole = [
        gxe.ExpectColumnValuesToBeNull(
            column="missing", description="every key of the pool has a row"
        ),
        gxe.ExpectColumnValuesToBeNull(
            column="foreign", description="every row's key is in the pool"
        ),
    ]
    keyed = parts.whole(_keys(data.pool, scorers))
    about = (
        "A row is a table of scores: which keys of the pool it lacks, which are not of the pool."
    )
    yield Check("keys", keyed, whole, ["table"], _again("<table>"), about, shown=True)


def _scorer(file: Path) -> ModuleType:
    told = tables.schema(file).metadata or {}
    kind = told.get(tables.KIND.encode(), file.stem.encode()).decode()
    return plugin.load("curate.scorers", kind)


def _again(name: str) -> str:
    return f"score again (dvc repro --force score@{name}, or the stage of that name)"


def _keys(pool: Path, scorers: dict[Path, ModuleType]) -> pa.Table:
    """One row for each table of scores: which keys it lacks, and which are not of the pool."""
    total = sum(tables.count(folder / sets.PAIRS_FILE) for folder in sets.folders(pool))
    rows: list[dict[str, Any]] = []
    for key in ("uid", "image"):
        files = [
            file
            for file, scorer in scorers.items()
            if key == scorer.KEY and key in tables.schema(file).names
        ]
        number = parts.count(total)
        cut = [_cut(map(_rows, parts.stream(file, [key])), key, number) for file in files]
        known = _cut((part.rows for part in _common.located(pool, [key])), key, number)
        count = 0
        lacks = {name: [_Alone() for _ in files] for name in ("missing", "foreign")}
        for wanted, *there in zip(known, *cut, strict=True):
            count += len(wanted)
            for place, keys in enumerate(there):
                lacks["missing"][place].add(wanted, keys)
                lacks["foreign"][place].add(keys, wanted)
        for place, file in enumerate(files):
            told = {name: alone[place].told() for name, alone in lacks.items()}
            rows.append({"table": file.stem, "keys": count, **told})
    return pa.Table.from_pylist(rows, _KEYS).sort_by("table")


class _Alone:
    """Keys that one table has and another lacks."""

    def __init__(self) -> None:
        self._count, self._first = 0, ""

    def add(self, these: pa.Array, those: pa.Array) -> None:
        """Take one more part of both tables."""
        alone = these.filter(pc.invert(pc.is_in(these, value_set=those)))
        self._count += len(alone)
        if len(alone):
            self._first = min(filter(None, (self._first, pc.min(alone).as_py())))

    def told(self) -> str | None:
        """How many, and the first of them; None where there are none."""
        return f"{self._count:,}, the first is {self._first}" if self._count else None


def _rows(part: parts.Part) -> pa.Table:
    return part.rows


def _cut(pieces: Any, key: str, number: int) -> Iterator[pa.Array]:
    """The distinct keys of a table, in parts that go together with those of another."""
    for part in parts.by_key(pieces, key, number):
        yield pc.unique(part.rows.column(key).cast(pa.string()))


def _ranges(name: str, schema: pa.Schema, params: Params) -> list[Any]:
    import great_expectations.expectations as gxe

    return [
        gxe.ExpectColumnValuesToBeBetween(column=column, min_value=least, max_value=greatest)
        for column in schema.names
        for least, greatest in [params.ranges.get(f"{name}.{column}", (None, None))]
        if (least, greatest) != (None, None)
    ]
