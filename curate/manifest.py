"""Kept pairs and the split of every image become the rows of a snapshot, or are refused.

Nothing that is held out may be seen in training: not an image, not a near-duplicate of it, not
a picture made from it. `assign` follows that rule pair by pair, and `check_disjoint` holds the
result against it once more, as a whole. Crawled pairs are ruled as columns, made ones, which
follow their parents, one by one.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import parents, record, tables
from curate.dataset.errors import DataError

_NAMED = 5  # offenders that a message names


class _Ruling(NamedTuple):
    split: str | None  # None: refused
    reason: str = ""
    detail: str = ""


Parents = Mapping[str, Sequence[str]]  # uid of a made pair -> uids of all its parents


def assign(kept: pa.Table, splits: pa.Table, of: Parents) -> tuple[pa.Table, pa.Table]:
    """Give every kept pair its split, or refuse it with a reason.

    A crawled pair has the split of its image. A made pair is for training: all its parents must
    be in this snapshot's training split, and its picture must not be one that is held out.

    Args:
        kept: located pairs, schema `sets.LOCATED`; of pairs with one uid the first is taken.
        splits: schema `record.SPLITS`.
        of: parents of the made pairs.

    Returns:
        Rows of schema `record.MANIFEST`, and of `record.REJECTED`.
    """
    kept, repeated = _once(kept)
    split = splits.column("split").take(_place(kept.column("image"), splits.column("image")))
    known = pc.is_in(split, value_set=pa.array(record.SPLIT_NAMES))
    split = pc.if_else(pc.and_(known, pc.is_null(kept.column("parent"))), split, None)
    rulings = _rulings(kept, splits, of)
    ruled = pa.array(rulings, pa.string())
    trains = pa.array([ruling.split for ruling in rulings.values()], pa.string())
    split = pc.coalesce(split, trains.take(_place(kept.column("uid"), ruled)))
    rows = kept.append_column(record.MANIFEST.field("split"), split)
    stays = pc.is_valid(split)
    refused = _refused(kept.filter(pc.invert(stays)), rulings, splits)
    rows = tables.conform(rows.filter(stays), record.MANIFEST, "kept pairs")
    return rows, pa.concat_tables([repeated, refused])


def check_disjoint(manifest: pa.Table, splits: pa.Table, of: Parents) -> None:
    """Hold a manifest against the promise that its splits share nothing.

    Args:
        manifest: schema `record.MANIFEST`.
        splits: schema `record.SPLITS`; says which images are near-duplicates.
        of: parents of the made pairs.

    Raises:
        DataError: an image or a group of near-duplicates, pictures made from its members
            included, is in more than one split; names some and where they are.
    """
    images = manifest.column("image")
    group = splits.column("group").take(_place(images, splits.column("image")))
    group = pc.coalesce(group, images)
    made, relatives = _lines(manifest.column("uid"), of)
    held = {
        "image": (images, manifest.column("split")),
        "group of near-duplicates": (
            pa.chunked_array([*group.chunks, *group.take(relatives).chunks]),
            pa.chunked_array(
                [*manifest.column("split").chunks, *manifest.column("split").take(made).chunks]
            ),
        ),
    }
    torn = sorted(one for kind, columns in held.items() for one in _torn(kind, *columns))
    if torn:
        named = "; ".join(f"{kind} {name} is in {there}" for kind, name, there in torn[:_NAMED])
        raise DataError(
            f"the splits share {len(torn)} images or groups of near-duplicates: {named}; "
            "run the split stage on this pool again (dvc repro --force split)"
        )


def _once(kept: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The first of the rows with one uid, and refusals of the others."""
    first = tables.first(kept, ["uid"])
    if first.num_rows == kept.num_rows:
        return kept, record.REJECTED.empty_table()
    place = _place(kept.column("uid"), first.column("uid"))
    begins = np.zeros(kept.num_rows, np.bool_)
    begins[np.unique(place.to_numpy(), return_index=True)[1]] = True
    again = kept.filter(pa.array(~begins))
    sets = first.column("set").take(place.filter(pa.array(~begins)))
    details = pc.binary_join_element_wise("in ", again.column("set"), " and in ", sets, "")
    repeated = {
        "source": again.column("source"),
        "item": again.column("uid"),
        "reason": pa.repeat("repeated", again.num_rows),
        "detail": details,
    }
    return first, pa.table(repeated, schema=record.REJECTED)


def _rulings(kept: pa.Table, splits: pa.Table, of: Parents) -> dict[str, _Ruling]:
    """What is ruled of each made pair, by uid, and of what they were made from."""
    made = kept.filter(pc.is_valid(kept.column("parent"))).column("uid")
    wanted = pa.array({*made.to_pylist(), *of, *itertools.chain.from_iterable(of.values())})
    some = kept.filter(pc.is_in(kept.column("uid"), value_set=wanted.cast(pa.string())))
    some = some.select(["uid", "image", "parent"])
    pairs = {row["uid"]: row for row in some.to_pylist()}
    there = pc.is_in(splits.column("image"), value_set=pc.unique(some.column("image")))
    split_of = _columns(splits.filter(there), "image", "split")
    found: dict[str, _Ruling] = {}
    for uid in made.to_pylist():
        _rule(uid, pairs, split_of, of, found)
    return {uid: found[uid] for uid in made.to_pylist()}


def _refused(rows: pa.Table, rulings: Mapping[str, _Ruling], splits: pa.Table) -> pa.Table:
    """Refusals of some pairs: made ones as is ruled of them, the others for want of a split."""
    some = splits.filter(
        pc.is_in(splits.column("image"), value_set=pc.unique(rows.column("image")))
    )
    split_of = _columns(some, "image", "split")
    refused = [
        _refusal(row, rulings.get(row["uid"]) or _unsplit(row["image"], split_of))
        for row in rows.select(["uid", "image", "source"]).to_pylist()
    ]
    return pa.Table.from_pylist(refused, record.REJECTED)


def _lines(uids: pa.ChunkedArray, of: Parents) -> tuple[pa.Array, pa.Array]:
    """(L,) rows of made pairs, and of all that they go back to, as far as these are there."""
    there = pa.array(of, pa.string()).filter(pc.is_in(pa.array(of, pa.string()), value_set=uids))
    lines = {uid: parents.line(uid, of) for uid in there.to_pylist()}
    made = pa.array([uid for uid, line in lines.items() for _ in line], pa.string())
    back = pa.array(list(itertools.chain.from_iterable(lines.values())), pa.string())
    both = pa.table({"made": _place(made, uids), "back": _place(back, uids)})
    both = both.filter(pc.is_valid(both.column("back"))).combine_chunks()
    return both.column("made"), both.column("back")


def _torn(
    kind: str, names: pa.ChunkedArray, splits: pa.ChunkedArray
) -> Iterator[tuple[str, str, str]]:
    """Kind, name and splits of what is in several."""
    held = pa.table({"name": names, "split": splits})
    held = held.group_by(["name", "split"], use_threads=False).aggregate([])
    counts = pc.value_counts(held.column("name"))
    torn = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
    places: dict[str, set[str]] = defaultdict(set)
    for row in held.filter(pc.is_in(held.column("name"), value_set=torn)).to_pylist():
        places[row["name"]].add(row["split"])
    yield from ((kind, name, ", ".join(sorted(there))) for name, there in places.items())


def _place(names: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.ChunkedArray:
    """Row of each name in a column; null where it is not there."""
    return pc.index_in(names, value_set=among)


def _rule(
    uid: str,
    pairs: dict[str, dict[str, Any]],
    split_of: dict[str, str],
    of: Parents,
    rulings: dict[str, _Ruling],
) -> _Ruling:
    if uid not in rulings:
        row = pairs[uid]
        split = split_of.get(row["image"])
        rulings[uid] = _Ruling(None, "parent not in train", f"{uid} descends from itself")
        if row["parent"] is None:
            missing = _unsplit(row["image"], split_of)
            rulings[uid] = _Ruling(split) if split in record.SPLIT_NAMES else missing
        elif refused := _of_parents(of.get(uid, ()), pairs, split_of, of, rulings):
            rulings[uid] = refused
        elif split not in (None, "train"):
            rulings[uid] = _Ruling(None, "image held out", f"image {row['image']}: split {split}")
        else:
            rulings[uid] = _Ruling("train")
    return rulings[uid]


def _of_parents(
    uids: Sequence[str],
    pairs: dict[str, dict[str, Any]],
    split_of: dict[str, str],
    of: Parents,
    rulings: dict[str, _Ruling],
) -> _Ruling | None:
    """Why a pair of some parents may not train; None where it may: all of them do."""
    if not uids:
        return _Ruling(None, "parent not kept", "no table of parents names it")
    for parent in uids:
        if parent not in pairs:
            return _Ruling(None, "parent not kept", f"parent {parent}")
        ruling = _rule(parent, pairs, split_of, of, rulings)
        if ruling.split != "train":
            found = ruling.split or f"refused: {ruling.reason}"
            return _Ruling(None, "parent not in train", f"parent {parent}: {found}")
    return None


def _unsplit(image: str, split_of: Mapping[str, str]) -> _Ruling:
    return _Ruling(None, "no split", f"image {image}: split {split_of.get(image)}")


def _refusal(row: dict[str, Any], ruling: _Ruling) -> dict[str, str]:
    return {
        "source": row["source"],
        "item": row["uid"],
        "reason": ruling.reason,
        "detail": ruling.detail,
    }


def _columns(table: pa.Table, key: str, value: str) -> dict[str, str]:
    return dict(zip(table.column(key).to_pylist(), table.column(value).to_pylist(), strict=True))
