"""Kept pairs, made pairs, their split and their labels become one snapshot: a table of references.

A snapshot copies no image. Its folder holds

    manifest.parquet   the pairs, where their bytes lie, and their split
    parents.parquet    all parents of the made pairs, which are in it, too
    rejected.parquet   kept pairs that may not be in it, with the reason
    id                 its id alone, for what depends on nothing else of the next
    snapshot.json      its id, counts, params, and every file it refers to, with hashes
    croissant.json     the datasheet, see `curate.datasheet`
    provenance.json    with what code, params and libraries it was made, see `curate.provenance`
    leakage.json       which evaluation sets were looked for, and how many pairs they hold
    leaks.parquet      those pairs, see `curate.leaks`, where a set was looked for

The id is the Merkle root of the manifest's rows and of the shards that they point into: it
depends on what is in the snapshot and on nothing else. The folder appears whole or not at all,
and the one before stays until then.
"""

import hashlib
import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from curate import capped, datasheet, leaks, making, manifest, provenance
from curate.dataset import merkle, parents, record, sets, tables
from curate.dataset.errors import DataError, EmptySetError, RejectsError
from curate.dataset.overlay import overlay
from curate.stage.params import as_dict, parameters
from curate.stage.run import run, write_json
from curate.stage.whole import replacing

_ROWS = 16384  # of a manifest that are Python's at a time


@parameters
class SnapshotParams:
    """What the snapshot is called, what its datasheet says, what it tolerates."""

    name: str  # short, fit for a file's name
    version: str  # of the recipe, e.g. 0.1.0; the content has its id
    max_rejected: float = 0.1  # share of kept pairs that may be refused
    # share of the training pairs that may be made; what is above is left out, see `curate.capped`
    max_made: Annotated[float, Field(ge=0, le=1)] = 0.38
    datasheet: datasheet.DatasheetParams  # what no table knows


def main(
    pool: Path,
    made: Path,
    decisions: Path,
    split: Path,
    labels: Path,
    out: Path,
    params: SnapshotParams,
    labels_made: Path | None = None,
    blurred: Path | None = None,
    blurred_made: Path | None = None,
    scores: Path | None = None,
    scores_made: Path | None = None,
) -> dict[str, Any]:
    """Freeze a snapshot.

    Args:
        pool: the set of crawled pairs, or a folder of sets.
        made: a folder of sets of made pairs; may be missing or empty.
        decisions: folder of tables of schema `record.DECISIONS`.
        split: table of schema `record.SPLITS`.
        labels: folder of the pool's label tables, listed by reference; may be missing or empty.
        out: folder of the snapshot.
        params: section `snapshot`.
        labels_made: the same of made pairs.
        blurred: the set of the pool's pictures with blurred faces, which take the place of their
            originals.
        blurred_made: the same of made pictures.
        scores: folder of the pool's tables of scores, of which those of leaks are recorded.
        scores_made: the same of made pairs.

    Raises:
        BusyError: another process is writing the snapshot.
        DataError: splits share an image or a near-duplicate; names some.
        EmptySetError: no pair is left.
        RejectsError: more than `max_rejected` of the kept pairs were refused.
        StorageError: there is no room for it.
    """
    with replacing(out) as new:
        kept = _kept(pool, made, decisions)
        splits = tables.conform(tables.read(split), record.SPLITS, split)
        descent = parents.of_sets([made])
        of = parents.by_pair(descent)
        rows, rejected = manifest.assign(kept, splits, of)
        manifest.check_disjoint(rows, splits, of)
        _check_rejects(rejected, kept.num_rows, out, params.max_rejected)
        rows, left_out = capped.cap(rows, params.max_made)
        rejected = pa.concat_tables([rejected, left_out])
        _write_rejects(rejected, new / sets.REJECTED_FILE)
        write_json(leaks.write(rows, [scores, scores_made], new), new / record.LEAKAGE_FILE)
        rows = overlay(overlay(rows, blurred), blurred_made)
        tables.write(rows, new / record.MANIFEST_FILE, "uid", record.MANIFEST)
        rows = tables.read(new / record.MANIFEST_FILE)
        descent = tables.rows_with(descent, "uid", rows.column("uid"))
        tables.write(descent, new / parents.FILE, parents.KEY, record.PARENTS)
        shards = _shards(rows)
        facts = {
            "id": identity(rows, shards),
            **count(rows),
            "rejected": rejected.num_rows,
            "making": making.facts(rows, rejected),
        }
        (new / record.ID_FILE).write_text(facts["id"] + "\n", encoding="utf-8")
        told = provenance.of(out)
        text = json.dumps(told, indent=2, ensure_ascii=False, default=str)
        (new / record.PROVENANCE_FILE).write_text(text + "\n", encoding="utf-8")
        for what in told["unknown"]:
            print(f"snapshot: its provenance lacks {what}", file=sys.stderr)
        document = {
            "name": params.name,
            "version": params.version,
            **facts,
            "manifest": _listed(new / record.MANIFEST_FILE),
            "parents": _listed(new / parents.FILE),
            "provenance": _listed(new / record.PROVENANCE_FILE),
            "leakage": _listed(new / record.LEAKAGE_FILE),
            "shards": shards,
            "labels": [*_labels(labels), *(_labels(labels_made) if labels_made else [])],
            "params": as_dict(params),
        }
        write_json(document, new / record.SNAPSHOT_FILE)
        datasheet.write(new / record.DATASHEET_FILE, document, params.datasheet)
    return facts


def identity(rows: pa.Table, shards: list[dict[str, Any]]) -> str:
    """Id of a snapshot: the Merkle root over the root of its rows and the root of its shards.

    Args:
        rows: the manifest, sorted by uid; a leaf is a row's values as a JSON list.
        shards: set, shard and sha256 of each, sorted; a leaf is these three.

    Returns:
        64 hex digits.
    """
    parts = (part.to_pylist() for part in rows.to_batches(_ROWS))
    return joined(merkle.root(map(leaf, itertools.chain.from_iterable(parts))), shard_root(shards))


def leaf(row: Mapping[str, Any]) -> bytes:
    """A row of a manifest as a leaf of the tree."""
    return _json([row[name] for name in record.MANIFEST.names])


def shard_root(shards: list[dict[str, Any]]) -> str:
    """Merkle root of the shards, as snapshot.json lists them."""
    return merkle.root(_json([s["set"], s["shard"], s["sha256"]]) for s in shards)


def joined(rows: str, shards: str) -> str:
    """Id of a snapshot by the roots of its rows and of its shards."""
    return merkle.root([bytes.fromhex(rows), bytes.fromhex(shards)])


def count(rows: pa.Table) -> dict[str, Any]:
    """Pairs and images of a manifest, in all and per split, source, language and licence."""
    found: dict[str, Any] = {
        "pairs": rows.num_rows,
        "images": pc.count_distinct(rows.column("image")).as_py(),
        "made": rows.num_rows - rows.column("parent").null_count,
    }
    columns = {"splits": "split", "sources": "source", "languages": "lang", "licences": "licence"}
    for group, column in columns.items():
        keyed = rows.set_column(
            rows.column_names.index(column), column, pc.fill_null(rows.column(column), "unknown")
        )
        counted = keyed.group_by(column).aggregate([("uid", "count"), ("image", "count_distinct")])
        found[group] = {
            r[column]: {"pairs": r["uid_count"], "images": r["image_count_distinct"]}
            for r in counted.sort_by(column).to_pylist()
        }
    return found


def _kept(pool: Path, made: Path, decisions: Path) -> pa.Table:
    """Kept pairs, crawled ones first, so that of two with one uid the crawled one is taken."""
    rulings = sorted(decisions.glob("*.parquet"))
    if not rulings:
        raise DataError(f"no table of decisions in {decisions}; run the filter stage (dvc repro)")
    rows = sets.kept([pool, made] if sets.any_in(made) else [pool], rulings)
    crawled = pc.is_null(rows.column("parent"))
    return pa.concat_tables([rows.filter(crawled), rows.filter(pc.invert(crawled))])


def _check_rejects(rejected: pa.Table, kept: int, out: Path, max_rejected: float) -> None:
    """Refuse to freeze what lacks too much; the refused pairs are then listed beside `out`."""
    reasons = tables.counts(rejected.column("reason"))
    named = ", ".join(sorted(f"{number} {reason}" for reason, number in reasons.items()))
    where = out.with_name(f"{out.name}.{sets.REJECTED_FILE}")
    where.unlink(missing_ok=True)
    if rejected.num_rows == kept or rejected.num_rows > max_rejected * kept:
        _write_rejects(rejected, where)
    if rejected.num_rows == kept:
        raise EmptySetError(f"all {kept} kept pairs were refused ({named}); see {where}")
    if rejected.num_rows > max_rejected * kept:
        raise RejectsError(
            f"{rejected.num_rows} of {kept} kept pairs were refused ({named}), more than "
            f"snapshot.max_rejected = {max_rejected:g} allows; see {where}"
        )


def _write_rejects(rejected: pa.Table, file: Path) -> None:
    tables.write(rejected, file, ["item", "reason", "detail"], record.REJECTED)


def _shards(rows: pa.Table) -> list[dict[str, Any]]:
    """The tars that a manifest points into, with their hashes, sorted."""
    distinct = rows.group_by(["set", "shard"]).aggregate([])
    order = [("set", "ascending"), ("shard", "ascending")]
    return [
        {**row, **_fingerprint(f"{row['set']}/{row['shard']}")}
        for row in distinct.sort_by(order).select(["set", "shard"]).to_pylist()
    ]


def _labels(folder: Path) -> list[dict[str, Any]]:
    """The label tables below a folder: path, rows and hash of each, sorted by path."""
    files = [f for f in sorted(folder.rglob("*.parquet")) if f.name != sets.REJECTED_FILE]
    return [
        {"path": file.as_posix(), "rows": tables.count(file), **_fingerprint(file)}
        for file in files
    ]


def _listed(file: Path) -> dict[str, Any]:
    """A file of the snapshot's folder, with its size and hash."""
    return {"path": file.name, **_fingerprint(file)}


def _fingerprint(file: Path | str) -> dict[str, Any]:
    """Size (bytes) and SHA-256 of a file, local or at any fsspec URL."""
    try:
        with fsspec.open(str(file), "rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return {"bytes": stream.tell(), "sha256": digest}
    except FileNotFoundError as error:
        raise DataError(f"{file} is missing, but the snapshot's pairs point to it") from error


def _json(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    run("curate.snapshot", section="snapshot")
