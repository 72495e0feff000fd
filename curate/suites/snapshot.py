"""Expectations of a snapshot: references that resolve, and splits that share nothing."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, sets, tables
from curate.dataset.checks import Check, from_schema
from curate.dataset.errors import DataError
from curate.stage.params import parameters


@parameters
class Params:
    """What a snapshot must hold."""

    min_pairs: dict[str, int]  # split -> fewest pairs that make it usable
    min_licensed: float = 1.0  # share of pairs that must name a licence


def checks(reads: Path, pool: Path, split: Path, params: Params) -> list[Check]:
    """Checks of the manifest, the splits, the near-duplicates and the files referred to."""
    import great_expectations.expectations as gxe

    manifest = _joined(tables.read(reads / record.MANIFEST_FILE), pool)
    groups = tables.read(split)
    of_manifest = [
        *from_schema(record.MANIFEST, "uid"),
        gxe.ExpectColumnValuesToBeInSet(column="split", value_set=list(record.SPLIT_NAMES)),
        gxe.ExpectColumnValuesToNotBeNull(column="licence", mostly=params.min_licensed),
        gxe.ExpectColumnValuesToBeInSet(
            column="in_pool", value_set=[True], description="a crawled pair is in the pool"
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="parent_split",
            value_set=["train"],
            description="what a made pair was made from is in the training split",
        ),
    ]
    alone: dict[str, Any] = {"column": "splits", "min_value": 1, "max_value": 1}
    of_images = [
        gxe.ExpectColumnValuesToBeUnique(column="image"),
        gxe.ExpectColumnValuesToBeBetween(**alone, description="no image is in two splits"),
    ]
    of_groups = [
        gxe.ExpectColumnValuesToBeBetween(
            **alone, description="no near-duplicate, nor what was made from it, is in two splits"
        ),
    ]
    of_splits = [
        gxe.ExpectColumnValuesToBeBetween(
            column="above_least",
            min_value=0,
            description="a split has the pairs that validate.snapshot.min_pairs asks for",
        ),
    ]
    of_files = [
        gxe.ExpectColumnValuesToBeInSet(
            column="as_recorded",
            value_set=[True],
            description="a shard or label table is there and has the size that was recorded",
        ),
    ]
    return [
        Check("manifest", manifest, of_manifest),
        Check("splits", _splits(manifest, params), of_splits),
        Check("images", _held(manifest, "image"), of_images),
        Check("near_duplicates", _held(_grouped(manifest, groups), "group"), of_groups),
        Check("files", _files(reads / record.SNAPSHOT_FILE), of_files),
    ]


def _joined(manifest: pa.Table, pool: Path) -> pa.Table:
    """The manifest, with whether a crawled pair is in the pool, and the split of a parent."""
    known = sets.located([pool]).column("uid")
    crawled = pc.is_null(manifest.column("parent"))
    in_pool = pc.if_else(
        crawled, pc.is_in(manifest.column("uid"), value_set=known.combine_chunks()), None
    )
    split_of = dict(zip(*(manifest.column(c).to_pylist() for c in ("uid", "split")), strict=True))
    parents = manifest.column("parent").to_pylist()
    splits = [split_of.get(parent, "not in it") if parent else None for parent in parents]
    return manifest.append_column("in_pool", in_pool).append_column(
        "parent_split", pa.array(splits, pa.string())
    )


def _splits(manifest: pa.Table, params: Params) -> pa.Table:
    counts = dict.fromkeys([*record.SPLIT_NAMES, *params.min_pairs], 0)
    for row in pc.value_counts(manifest.column("split")).to_pylist():
        counts[row["values"]] = row["counts"]
    rows = [
        {"split": name, "pairs": n, "above_least": n - params.min_pairs.get(name, 0)}
        for name, n in counts.items()
    ]
    return pa.Table.from_pylist(rows)


def _grouped(manifest: pa.Table, groups: pa.Table) -> pa.Table:
    """The manifest with the group of near-duplicates of the picture that a pair comes from."""
    group_of = dict(zip(*(groups.column(c).to_pylist() for c in ("image", "group")), strict=True))
    rows = {row["uid"]: row for row in manifest.select(["uid", "image", "parent"]).to_pylist()}

    def origin(row: dict[str, str]) -> str:
        seen = set()
        while row["parent"] in rows and row["uid"] not in seen:
            seen.add(row["uid"])
            row = rows[row["parent"]]
        return group_of.get(row["image"], row["image"])

    column = pa.array([origin(row) for row in rows.values()], pa.string())
    return manifest.append_column("group", column)


def _held(manifest: pa.Table, column: str) -> pa.Table:
    """One row per value of a column, with the number of pairs and of splits that hold it."""
    held = manifest.group_by(column).aggregate([("uid", "count"), ("split", "count_distinct")])
    held = held.select([column, "uid_count", "split_count_distinct"])
    return held.rename_columns([column, "pairs", "splits"]).sort_by(column)


def _files(document: Path) -> pa.Table:
    try:
        facts = json.loads(document.read_text(encoding="utf-8"))
        listed = [(f"{s['set']}/{s['shard']}", s["bytes"]) for s in facts["shards"]]
        listed += [(label["path"], label["bytes"]) for label in facts["labels"]]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{document} is no description of a snapshot: {error!r}") from error
    rows = [
        {"file": path, "as_recorded": Path(path).is_file() and Path(path).stat().st_size == size}
        for path, size in listed
    ]
    return pa.Table.from_pylist(rows, pa.schema({"file": pa.string(), "as_recorded": pa.bool_()}))
