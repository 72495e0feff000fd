"""Make new pairs of kept ones: (pool, its labels, decisions, split) -> a set of made pairs.

Only kept pairs of the split `train` become parents. Any number of workers gives the same bytes.
Each made pair names its parents and the recipe to make it again. A method is a file in
`augment/methods/`; its form is said in `augment.made`.
"""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from augment import kept, pairing
from augment.made import METHODS, UNUSABLE, Batch, Context, MethodParams, unit_interval
from curate.dataset import marks, parents, record, sets, shards, tables
from curate.dataset.errors import ParamsError, RejectsError
from curate.dataset.tables import Table
from curate.stage import params as parameter_file
from curate.stage import plugin
from curate.stage.alone import alone
from curate.stage.cluster import map_shards
from curate.stage.run import run

_CHOSEN = ".chosen.parquet"  # in the set while it is made: what workers read, a group each
_TRAINING = ".training.parquet"  # likewise: every pair that may be a parent


class _Result(NamedTuple):
    """What a worker returns for its group of pictures; the pictures are in tars already."""

    pairs: list[dict[str, Any]]
    parents: list[Sequence[str]]  # of each pair
    rejected: list[dict[str, str]]
    counts: Counter[tuple[str, ...]]
    rows: dict[str, list[dict[str, Any]]]


def main(
    name: str,
    pool: Path,
    decisions: Path,
    split: Path,
    packages: Path,
    out: Path,
    params: Any,
    labels: Path | None = None,
    blurred: Path | None = None,
) -> dict[str, Any]:
    """Make pairs of the kept training pairs by one method.

    `make.<name>` in params.yaml holds the method's own parameters, and perhaps `reads`: a path
    that the method reads, which DVC follows.

    Args:
        name: of the method.
        pool: the set of crawled pairs.
        decisions: which of them were kept.
        split: of their pictures.
        packages: folder of fetched packages.
        out: folder of the made set.
        params: its section.
        labels: folder of the pool's labels.
        blurred: the set of pictures with blurred faces: what is made is made of these.

    Raises:
        BusyError: another run makes pairs there.
        EmptySetError: no kept pair belongs to the split `train`.
        RejectsError: more of the chosen pictures are unusable than `max_rejected` allows.
    """
    method = plugin.load(METHODS, name)
    own, reads = _split(name, params)
    settings = parameter_file.build(method.Params, own, f"make.{name}")
    training = kept.training(pool, decisions, split, blurred)
    chosen = _choose(name, training, settings.share)
    out.mkdir(parents=True, exist_ok=True)
    with alone(out, out):
        _clear(out)
        groups = _write_groups(chosen, out / _CHOSEN, settings.per_shard)
        pq.write_table(training.sort_by("image"), out / _TRAINING)
        results = map_shards(
            _make_group,
            list(range(len(groups))),
            name,
            out.as_posix(),
            Context(out / _TRAINING, packages, labels, reads),
            settings,
            label=f"make {name}",
            weights=groups,
            unit="pictures",
        )
        (out / _CHOSEN).unlink()
        (out / _TRAINING).unlink()
        crawled = tables.read(pool / sets.PAIRS_FILE, ["uid"]).column("uid")
        return _finish(results, sum(groups), crawled, method, out, settings)


def _split(name: str, params: Any) -> tuple[dict[str, Any], Path | None]:
    """The method's own parameters and the path it reads."""
    if not isinstance(params, dict):
        raise ParamsError(f"make.{name} is {params!r}, not a mapping of parameters")
    own = dict(params)
    reads = own.pop("reads", None)
    if reads is not None and not isinstance(reads, str):
        raise ParamsError(f"parameter make.{name}.reads is {reads!r}, not a path")
    return own, Path(reads) if reads is not None else None


def _choose(name: str, pairs: pa.Table, share: float) -> pa.Table:
    """The pairs of a share of the pictures, sorted by where the pictures lie."""
    images = [i for i in pc.unique(pairs.column("image")).to_pylist() if _drawn(name, i, share)]
    chosen = tables.rows_with(pairs, "image", images)
    keys = ("set", "shard", "image", "uid")
    return chosen.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def _drawn(name: str, image: str, share: float) -> bool:
    return unit_interval("choose", name, image) < share


def _clear(out: Path) -> None:
    """Remove what an earlier run left: tars that no pair refers to, tables of other methods."""
    for left in out.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _write_groups(chosen: pa.Table, file: Path, per_shard: int) -> list[int]:
    """Write one row group for each group of pictures; returns the pictures in each."""
    sizes = []
    with pq.ParquetWriter(file, sets.LOCATED) as writer:
        for start, stop, pictures in _cut(chosen, per_shard):
            part = tables.conform(chosen.slice(start, stop - start), sets.LOCATED, file)
            writer.write_table(part, row_group_size=max(1, stop - start))
            sizes.append(pictures)
    return sizes


def _cut(chosen: pa.Table, per_shard: int) -> Iterator[tuple[int, int, int]]:
    """(first row, row after the last, pictures) of each group, cut where the content says so.

    A group ends with its tar of parents, or after a picture whose name says so, as shards do.
    """
    places = list(
        zip(*(chosen.column(c).to_pylist() for c in ("set", "shard", "image")), strict=True)
    )
    start, pictures = 0, 0
    for row, place in enumerate(places):
        after = places[row + 1] if row + 1 < len(places) else None
        if after == place:
            continue
        pictures += 1
        full = int(place[2][-8:], 16) % per_shard == 0 or pictures >= 4 * per_shard
        if after is None or after[:2] != place[:2] or full:
            yield start, row + 1, pictures
            start, pictures = row + 1, 0


def _make_group(index: int, name: str, out: str, context: Context, params: MethodParams) -> _Result:
    """Make the pairs of one group of pictures and write them; runs in a worker."""
    rows = pq.ParquetFile(Path(out) / _CHOSEN).read_row_group(index)
    batch: Batch = plugin.load(METHODS, name).make(rows, context, params)
    for made in batch.made:
        assert marks.held(made.data), f"the method {name} leaves its pictures without a mark"
    batch.counts["pictures", "made"] += len(batch.made)
    batch.counts["pictures", "bytes"] += sum(len(made.data) for made in batch.made)
    given = {row["uid"]: row for row in rows.to_pylist()}
    for reason in {reason for _, reason, _ in batch.rejected}:
        images = {given[uid]["image"] for uid, why, _ in batch.rejected if why == reason}
        batch.counts["pictures", reason] += len(images)
    given |= {row["uid"]: row for row in batch.beside}
    by_image = {made.image: made for made in batch.made}
    members = [
        (image, by_image[image].extension, by_image[image].data) for image in sorted(by_image)
    ]
    places = shards.write(Path(out), name, members, params.per_shard)
    formed = [
        pair
        for made in batch.made
        for pair in pairing.pictured(name, made, given, places[made.image])
    ]
    formed += [pair for told in batch.told for pair in pairing.told(name, told, given, Path(out))]
    rejected = [
        {"source": name, "item": uid, "reason": reason, "detail": detail}
        for uid, reason, detail in batch.rejected
    ]
    pairs = [pair for pair, _ in formed]
    return _Result(pairs, [uids for _, uids in formed], rejected, batch.counts, batch.rows)


def _finish(
    results: list[_Result],
    chosen: int,
    crawled: pa.ChunkedArray,
    method: ModuleType,
    out: Path,
    params: MethodParams,
) -> dict[str, Any]:
    """Write the tables, count, and stop where too much was rejected."""
    counts = sum((result.counts for result in results), Counter[tuple[str, ...]]())
    counts.update(method.asked(params) if hasattr(method, "asked") else {})
    also: Mapping[str, Table] = getattr(method, "TABLES", {})
    found = [pair for result in results for pair in result.pairs]
    made, refused = pairing.distinct(found, crawled)
    refused += [row for result in results for row in result.rejected]
    refused = [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in refused)]
    write = tables.write
    write(made, out / sets.PAIRS_FILE, "uid", record.PAIRS)
    rejected = pa.Table.from_pylist(refused, record.REJECTED)
    write(rejected, out / sets.REJECTED_FILE, ["item", "reason", "detail"], record.REJECTED)
    write(_parents(results, made), out / parents.FILE, parents.KEY, record.PARENTS)
    for name, (schema, key) in also.items():
        rows = [row for result in results for row in result.rows.get(name, [])]
        named = {tuple(row[column] for column in key): row for row in reversed(rows)}
        whole = pa.Table.from_pylist(list(named.values()), schema)
        of = "uid" if "uid" in key else "image"
        write(tables.rows_with(whole, of, made.column(of)), out / f"{name}.parquet", key, schema)
    return _metrics(made, rejected, counts, chosen, params)


def _parents(results: Sequence[_Result], made: pa.Table) -> pa.Table:
    """All parents of made pairs; of one that was made twice, of the first time, as it is."""
    of: dict[str, Sequence[str]] = {}
    for result in results:
        for pair, uids in zip(result.pairs, result.parents, strict=True):
            of.setdefault(pair["uid"], uids)
    rows = [
        {"uid": uid, "parent": parent, "position": position}
        for uid in made.column("uid").to_pylist()
        for position, parent in enumerate(of[uid])
    ]
    return pa.Table.from_pylist(rows, record.PARENTS)


def _metrics(
    made: pa.Table,
    refused: pa.Table,
    counts: Counter[tuple[str, ...]],
    chosen: int,
    params: MethodParams,
) -> dict[str, Any]:
    """The stage's figures.

    Raises:
        RejectsError: more of the chosen pictures are unusable than `max_rejected` allows.
    """
    reasons = Counter(refused.column("reason").to_pylist())
    figures: dict[str, Any] = {
        "made": made.num_rows,
        "languages": dict(sorted(Counter(made.column("lang").to_pylist()).items())),
        "rejected": dict(sorted(reasons.items())),
        "pictures": {"chosen": chosen},
    }
    for path, count in sorted(counts.items()):
        place = figures
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = count
    unusable = counts["pictures", UNUSABLE]
    if chosen and unusable / chosen > params.max_rejected:
        raise RejectsError(
            f"{unusable} of {chosen} chosen pictures are unusable, more than max_rejected = "
            f"{params.max_rejected:g} allows; see {sets.REJECTED_FILE} for each"
        )
    return figures


if __name__ == "__main__":
    run("augment.make", section="make")
