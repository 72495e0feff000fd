"""Kept pairs and the name of a labeler in; that labeler's tables of alignment labels out.

A labeler is a file `align/labelers/<name>.py`; what it holds is said in `align.labelers`.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa

from align.labelers import Context
from curate.dataset import labels, record, tables
from curate.dataset.errors import ParamsError, RejectsError
from curate.dataset.overlay import overlay
from curate.dataset.sets import kept, located
from curate.stage import plugin
from curate.stage.params import build
from curate.stage.run import run

PACKAGE = "align.labelers"
REJECTED = "rejected"
_REJECTED_KEY = ("source", "item", "reason", "detail")
_MAX_REJECTED = 0.05  # share of the pairs, where the params say nothing


def main(
    name: str,
    sets: Path,
    packages: Path,
    out: Path,
    params: Any,
    decisions: Path | None = None,
    blurred: Path | None = None,
    of: Path | None = None,
    beside: Path | None = None,
    embeddings: Path | None = None,
    learnt: Path | None = None,
    section: str = "label",
) -> dict[str, Any]:
    """Label every kept pair of the pool, every one that was made, or every one of a task's set.

    The labeler's section in params.yaml holds its own parameters, and perhaps `reads` (a path that
    it reads, which DVC follows), `of` and `beside` (the labelers whose labels it builds on) and
    `max_rejected` (share of the pairs, 0-1).

    Args:
        name: of the labeler, and of its section.
        sets: the pool, the folder of made sets, or a task's set.
        packages: folder of fetched packages.
        out: folder of its tables.
        params: its section.
        decisions: which of their pairs were kept; None: all.
        blurred: the set of pictures that stand in for others.
        of: folder of the tables of the labeler that it builds on, of the same pairs.
        beside: the same of another labeler that it also builds on.
        embeddings: folder of the scorers' embeddings of the same pairs.
        learnt: for made pairs and tasks: folder of its tables of the pool. There may be no made
            pair.
        section: the one that its own is below.
    """
    labeler = plugin.load(PACKAGE, name)
    where = f"{section}.{name}"
    values, reads, limit = _split(where, params)
    own = build(labeler.Params, values, where)
    if decisions is None:
        pairs = overlay(located([sets]), blurred)
    else:
        pairs = overlay(kept([sets], [decisions], none_is_fine=learnt is not None), blurred)
    context = Context(packages, reads, of, embeddings, learnt, beside, sets)
    found = labeler.label(pairs, context, own)
    rejected = found.pop(REJECTED, record.REJECTED.empty_table())
    _check(where, rejected, pairs.num_rows, limit)
    for old in out.glob("*.parquet"):
        old.unlink()
    tables.write(rejected, out / f"{REJECTED}.parquet", _REJECTED_KEY, record.REJECTED)
    shards = getattr(labeler, "SHARDS", {})
    for table, form in labeler.TABLES.items():
        labels.write(found[table], out, table, form, shards.get(table, 1))
    return {
        "pairs": pairs.num_rows,
        "rejected": rejected.num_rows,
        "rows": {table: found[table].num_rows for table in labeler.TABLES},
        **(labeler.figures(pairs, found) if hasattr(labeler, "figures") else {}),
    }


def _split(where: str, params: Any) -> tuple[dict[str, Any], Path | None, float]:
    """The labeler's own parameters, the path it reads, and the share of rejects allowed."""
    if not isinstance(params, dict):
        raise ParamsError(f"{where} is {params!r}, not a mapping of parameters")
    values = dict(params)
    for flag in ("of", "beside"):  # dvc.yaml makes --of and --beside of them
        values.pop(flag, None)
    reads, limit = values.pop("reads", None), values.pop("max_rejected", _MAX_REJECTED)
    if reads is not None and not isinstance(reads, str):
        raise ParamsError(f"parameter {where}.reads is {reads!r}, not a path")
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not 0 <= limit <= 1:
        raise ParamsError(f"parameter {where}.max_rejected is {limit!r}, not a share (0-1)")
    return values, Path(reads) if reads is not None else None, float(limit)


def _check(where: str, rejected: pa.Table, pairs: int, limit: float) -> None:
    if rejected.num_rows > limit * pairs:
        reasons = rejected.group_by("reason").aggregate([("item", "count")]).to_pylist()
        reasons.sort(key=lambda row: (-row["item_count"], row["reason"]))
        said = ", ".join(f"{row['item_count']} {row['reason']}" for row in reasons)
        raise RejectsError(
            f"{where} rejected {rejected.num_rows} of {pairs} pairs ({said}); "
            f"{where}.max_rejected allows a share of {limit}"
        )


if __name__ == "__main__":
    run("align.label", section="label")
