"""Kept pairs and the name of a labeler in; that labeler's tables of alignment labels out.

A labeler is a file `align/labelers/<name>.py`; what it holds is said in `align.labelers`.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa

from align.labelers import Context
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError, RejectsError
from curate.dataset.overlay import overlay
from curate.dataset.sets import kept
from curate.stage import plugin
from curate.stage.params import build
from curate.stage.run import run

PACKAGE = "align.labelers"
REJECTED = "rejected"
_REJECTED_KEY = ("source", "item", "reason", "detail")
_MAX_REJECTED = 0.05  # share of the pairs, where the params say nothing


def main(
    name: str,
    pool: Path,
    made: Path,
    decisions: Path,
    packages: Path,
    out: Path,
    params: Any,
    blurred: Path | None = None,
) -> dict[str, Any]:
    """Label every kept pair, crawled or made; --blurred has pictures that stand in for others.

    `label.<name>` in params.yaml holds the labeler's own parameters, and perhaps `reads` (a path
    that the labeler reads, which DVC follows) and `max_rejected` (share of the pairs, 0-1).
    """
    labeler = plugin.load(PACKAGE, name)
    values, reads, limit = _split(name, params)
    own = build(labeler.Params, values, f"label.{name}")
    pairs = kept([pool, made], [decisions / "pool.parquet", decisions / "made.parquet"])
    pairs = overlay(pairs, blurred)
    found = labeler.label(pairs, Context(packages, reads), own)
    rejected = found.pop(REJECTED, record.REJECTED.empty_table())
    _check(name, rejected, pairs.num_rows, limit)
    for old in out.glob("*.parquet"):
        old.unlink()
    tables.write(rejected, out / f"{REJECTED}.parquet", _REJECTED_KEY, record.REJECTED)
    for table, (schema, key) in labeler.TABLES.items():
        tables.write(found[table], out / f"{table}.parquet", key, schema)
    return {
        "pairs": pairs.num_rows,
        "rejected": rejected.num_rows,
        "rows": {table: found[table].num_rows for table in labeler.TABLES},
        **(labeler.figures(pairs, found) if hasattr(labeler, "figures") else {}),
    }


def _split(name: str, params: Any) -> tuple[dict[str, Any], Path | None, float]:
    """The labeler's own parameters, the path it reads, and the share of rejects allowed."""
    if not isinstance(params, dict):
        raise ParamsError(f"label.{name} is {params!r}, not a mapping of parameters")
    values = dict(params)
    reads, limit = values.pop("reads", None), values.pop("max_rejected", _MAX_REJECTED)
    if reads is not None and not isinstance(reads, str):
        raise ParamsError(f"parameter label.{name}.reads is {reads!r}, not a path")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 <= limit <= 1:
        raise ParamsError(f"parameter label.{name}.max_rejected is {limit!r}, not a share (0-1)")
    return values, Path(reads) if reads is not None else None, float(limit)


def _check(name: str, rejected: pa.Table, pairs: int, limit: float) -> None:
    if rejected.num_rows > limit * pairs:
        reasons = rejected.group_by("reason").aggregate([("item", "count")]).to_pylist()
        reasons.sort(key=lambda row: (-row["item_count"], row["reason"]))
        said = ", ".join(f"{row['item_count']} {row['reason']}" for row in reasons)
        raise RejectsError(
            f"labeler {name} rejected {rejected.num_rows} of {pairs} pairs ({said}); "
            f"label.{name}.max_rejected allows a share of {limit}"
        )


if __name__ == "__main__":
    run("align.label", section="label")
