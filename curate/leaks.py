"""A snapshot's rows and the tables of leaks in; which of its pairs an evaluation set holds, out.

A table of leaks is one that carries the register of evaluation sets, see `curate.evaluation`. What
a rule `exclude_leaks` dropped is not in the snapshot any more and so not counted here. The trainer
reads the summary, leakage.json, and refuses what leaks (`train/leaks.py`).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import evaluation
from curate.dataset import record, tables
from curate.dataset.errors import DataError

LEAKS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("scorer", pa.string(), nullable=False),  # table that says so
        *evaluation.HIT,
    ]
)
_EXAMPLES = 10  # leaks of the training split that the summary names


def write(rows: pa.Table, folders: Sequence[Path | None], out: Path) -> dict[str, Any]:
    """Write the leaks that are left in a snapshot, where evaluation sets were looked for.

    Args:
        rows: of schema `record.MANIFEST`.
        folders: of tables of scores; those of the pool and of made pairs.
        out: folder of the snapshot.

    Returns:
        The summary, for leakage.json: the sets with version and hash, leaking pairs of each split
        by set and by kind, and examples. Empty where no set was looked for.
    """
    sets, leaks = found(rows, folders)
    (out / record.LEAKS_FILE).unlink(missing_ok=True)
    if not sets:
        return {}
    tables.write(leaks, out / record.LEAKS_FILE, ["uid", "scorer"], LEAKS)
    train = leaks.filter(pc.equal(leaks.column("split"), "train")).sort_by("uid")
    return {
        "sets": sets,
        "splits": {
            split: _counts(leaks.filter(pc.equal(leaks.column("split"), split)))
            for split in sorted(pc.unique(rows.column("split")).to_pylist())
        },
        "examples": train.slice(0, _EXAMPLES).to_pylist(),
    }


def found(rows: pa.Table, folders: Sequence[Path | None]) -> tuple[list[dict[str, Any]], pa.Table]:
    """The sets that were looked for, and the rows that leak, of schema `LEAKS`.

    Raises:
        DataError: a table of leaks has not the columns that it should have.
    """
    sets: dict[str, dict[str, Any]] = {}
    parts: dict[str, list[pa.Table]] = {}
    for file in (f for folder in folders if folder for f in sorted(folder.glob("*.parquet"))):
        told = tables.schema(file).metadata or {}
        if evaluation.REGISTER.encode() not in told:
            continue
        for one in json.loads(told[evaluation.REGISTER.encode()]):
            sets[f"{one['name']} {file.stem}"] = {**one, "scorer": file.stem}
        parts.setdefault(file.stem, []).append(_joined(rows, file))
    leaks = tables.concat([part for some in parts.values() for part in some], LEAKS)
    # a made pair may have the picture of a crawled one and is then in both tables
    keys = ["uid", "scorer"]
    distinct = leaks.group_by(keys, use_threads=False).aggregate(
        [(name, "first") for name in LEAKS.names if name not in keys]
    )
    names = [name.removesuffix("_first") for name in distinct.column_names]
    return [sets[name] for name in sorted(sets)], distinct.rename_columns(names).select(LEAKS.names)


def _joined(rows: pa.Table, file: Path) -> pa.Table:
    """The snapshot's rows that a table of leaks names."""
    table = tables.read(file)
    key = table.column_names[0]
    if key not in record.MANIFEST.names:
        raise DataError(f"{file} is kept by {key}, which no pair of a snapshot has")
    hits = table.filter(pc.is_valid(table.column("of")))
    place = pc.index_in(rows.column(key), value_set=hits.column(key).combine_chunks())
    there = pc.is_valid(place)
    some, said = rows.filter(there), hits.take(place.filter(there))
    columns = {
        "uid": some.column("uid"),
        "split": some.column("split"),
        "scorer": pa.array([file.stem] * some.num_rows, pa.string()),
        **{field.name: said.column(field.name) for field in evaluation.HIT},
    }
    return pa.table(columns, schema=LEAKS)


def _counts(leaks: pa.Table) -> dict[str, Any]:
    """Pairs that leak, in all, by set and by kind; a pair may leak in several ways."""

    def by(column: str) -> dict[str, int]:
        counted = leaks.group_by(column).aggregate([("uid", "count_distinct")]).sort_by(column)
        return {row[column]: row["uid_count_distinct"] for row in counted.to_pylist()}

    pairs = pc.count_distinct(leaks.column("uid")).as_py()
    return {"pairs": pairs, "sets": by("of"), "kinds": by("kind")}
