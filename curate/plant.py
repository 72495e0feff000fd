"""A pool and its split in; the same pool with known noise planted, and which pair is what, out.

    pool/           a set: the pool's pairs, where they are, and the planted ones
    split.parquet   the pool's split; what was planted is for training
    truth.parquet   of each planted pair which noise it is, and of which pair it was made
    test.parquet    perceptual hashes of the test split's pictures, as an evaluation set

Nothing is taken away: a rate is the share of the crawled sources' training pairs (of their
pictures, where the noise is of pictures; of the test split's, where it leaks) that noise is made
of. What is drawn hangs on a name and the seed alone, so a greater rate adds and changes nothing.
The pool's own pairs count as clean, whatever they are: found figures of precision are a lower
bound. The test split stays as it is.
"""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from curate import looks, noise
from curate.dataset import pixels, record, sets, shards, tables
from curate.dataset.errors import EmptySetError, ParamsError
from curate.dataset.pictures import decoded
from curate.stage.params import parameters
from curate.stage.run import run
from curate.stage.whole import replacing

TRUTH = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),  # of a planted pair
        pa.field("noise", pa.string(), nullable=False),  # a kind of `curate.noise`
        pa.field("of", pa.string(), nullable=False),  # uid of the pair that it was made of
    ]
)
TEST = pa.schema([("image", pa.string()), ("phash", pa.string())])
POOL, SPLIT, TRUTH_FILE, TEST_FILE = "pool", "split.parquet", "truth.parquet", "test.parquet"
Share = Annotated[float, Field(ge=0, le=1)]
_PER_SHARD = 1024  # pictures in a tar, on average


@parameters
class PlantParams:
    """Which noise, how much of it, and among whose pairs."""

    sources: tuple[str, ...]  # that noise is planted in; leaked pictures come as of the first
    rates: dict[str, Share]  # kind of `curate.noise` -> share of what it is made of
    seed: int = 0


def main(pool: Path, split: Path, out: Path, params: PlantParams) -> dict[str, Any]:
    """Plant noise in a pool.

    Raises:
        EmptySetError: the pool has no training pair of the sources.
        ParamsError: there is no such kind of noise.
    """
    if unknown := sorted(params.rates.keys() - set(noise.KINDS)):
        raise ParamsError(
            f"plant.rates.{unknown[0]}: no kind of noise (known: {', '.join(noise.KINDS)})"
        )
    pairs = sets.located([pool])
    splits = tables.conform(tables.read(split), record.SPLITS, split)
    known = {row["image"]: row for row in splits.to_pylist()}
    rows = [{**row, **known[row["image"]]} for row in pairs.to_pylist()]
    crawled = [r for r in rows if r["split"] == "train" and r["source"] in params.sources]
    if not crawled:
        raise EmptySetError(f"{pool} has no training pair of {', '.join(params.sources)}")
    with replacing(out) as new:
        planted = _captions(crawled, params)
        held_out = [row for row in rows if row["split"] == "test"]
        planted += _pictures(crawled, held_out, new / POOL, params)
        there = {row["uid"] for row in rows}
        planted = [row for row in planted if row["uid"] not in there]
        _write(new, out, pairs, planted, splits)
        _test(pairs, held_out, new / TEST_FILE)
    counts = {kind: sum(row["noise"] == kind for row in planted) for kind in noise.KINDS}
    return {
        "pairs": pairs.num_rows,
        "crawled": len(crawled),
        "planted": counts,
        "share": sum(counts.values()) / (pairs.num_rows + sum(counts.values())),
    }


def _chosen(names: list[str], kind: str, params: PlantParams) -> set[str]:
    rate = params.rates.get(kind, 0.0)
    return {name for name in set(names) if noise.draws(_name(kind, name, params), 1)[0] <= rate}


def _name(kind: str, name: str, params: PlantParams) -> str:
    return f"{params.seed} {kind} {name}"


def _captions(crawled: list[dict[str, Any]], params: PlantParams) -> list[dict[str, Any]]:
    """Pairs with captions that are not theirs."""
    planted = []
    for kind in noise.OF_CAPTIONS:
        chosen = _chosen([row["uid"] for row in crawled], kind, params)
        for row in (row for row in crawled if row["uid"] in chosen):
            name = _name(kind, row["uid"], params)
            said = noise.phrase(name) if kind == noise.BOILERPLATE else _other(row, crawled, name)
            if said is not None:
                planted.append(_planted(row, kind, caption=said))
    return planted


def _other(row: Mapping[str, Any], crawled: list[dict[str, Any]], name: str) -> str | None:
    """The caption of another pair in the same language, of no like picture; None: none is found."""
    for draw in noise.draws(name, 8):
        other = crawled[int(draw * len(crawled)) % len(crawled)]
        alike = other["group"] == row["group"] or other["caption"] == row["caption"]
        if other["lang"] == row["lang"] and not alike:
            return str(other["caption"])
    return None


def _pictures(
    crawled: list[dict[str, Any]], held_out: list[dict[str, Any]], root: Path, params: PlantParams
) -> list[dict[str, Any]]:
    """Pairs with spoilt pictures, whose bytes are written below a folder."""
    spoilt: dict[str, bytes] = {}
    planted = []
    for kind in noise.SPOILT:
        rows = held_out if kind == noise.LEAKED else crawled
        chosen = _chosen([row["image"] for row in rows], kind, params)
        own = [row for row in rows if row["image"] in chosen]
        made = dict(_spoilt(own, kind, params))
        for row in (row for row in own if row["image"] in made):
            image, data = made[row["image"]]
            spoilt[image] = data
            source = params.sources[0] if kind == noise.LEAKED else row["source"]
            planted.append(_planted(row, kind, image=image, source=source))
    members = [(name, "jpg", data) for name, data in sorted(spoilt.items())]
    places = shards.write(root, "planted", members, _PER_SHARD)
    for row in (row for row in planted if row["image"] in places):
        _, width, height = pixels.probe(spoilt[row["image"]])
        row.update(width=width, height=height, set="", **places[row["image"]]._asdict())
    return planted


def _spoilt(
    rows: list[dict[str, Any]], kind: str, params: PlantParams
) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Image -> name and bytes of what noise makes of it."""
    table = sets.distinct_images(pa.Table.from_pylist(rows, sets.LOCATED)) if rows else None
    for image, picture in decoded(table) if table is not None else ():
        if picture is not None:
            data = noise.SPOILT[kind](picture, _name(kind, image, params))
            yield image, (record.image_name(data), data)


def _planted(row: dict[str, Any], kind: str, **changed: Any) -> dict[str, Any]:
    found = {**row, **changed, "noise": kind, "of": row["uid"]}
    found["uid"] = record.pair_uid(found["image"], found["lang"], found["caption"])
    return found


def _write(
    new: Path, out: Path, pairs: pa.Table, planted: list[dict[str, Any]], splits: pa.Table
) -> None:
    """The set, its split and the truth; pictures of the pool stay where they are."""
    once = {row["uid"]: row for row in reversed(planted)}
    added = pa.Table.from_pylist(list(once.values()), sets.LOCATED)
    whole = tables.concat([pairs, added], sets.LOCATED)
    owners, names = (whole.column(c).to_pylist() for c in ("set", "shard"))
    home = (out / POOL).as_posix()
    at = [
        posixpath.relpath(f"{owner}/{name}", home) if owner else name
        for owner, name in zip(owners, names, strict=True)
    ]
    place = whole.schema.get_field_index("shard")
    whole = whole.set_column(place, "shard", pa.array(at, pa.string())).drop_columns("set")
    tables.write(whole, new / POOL / sets.PAIRS_FILE, "uid", record.PAIRS)
    own = {row["image"] for row in once.values()} - set(splits.column("image").to_pylist())
    more = [{"image": name, "split": "train", "group": name} for name in sorted(own)]
    table = tables.concat([splits, pa.Table.from_pylist(more, record.SPLITS)], record.SPLITS)
    tables.write(table, new / SPLIT, "image", record.SPLITS)
    truth = pa.Table.from_pylist(list(once.values()), TRUTH)
    tables.write(truth, new / TRUTH_FILE, "uid", TRUTH)


def _test(pairs: pa.Table, held_out: list[dict[str, Any]], file: Path) -> None:
    """The perceptual hashes of the pictures that are tested on."""
    rows = tables.rows_with(pairs, "uid", [row["uid"] for row in held_out])
    found = [
        {"image": image, "phash": f"{looks.code(picture):016x}"}
        for image, picture in decoded(sets.distinct_images(rows))
        if picture is not None
    ]
    tables.write(pa.Table.from_pylist(found, TEST), file, "image", TEST)


if __name__ == "__main__":
    run("curate.plant", section="plant")
