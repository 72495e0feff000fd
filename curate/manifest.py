"""Kept pairs and the split of every image become the rows of a snapshot, or are refused.

Nothing that is held out may be seen in training: not an image, not a near-duplicate of it, not
a picture made from it. `assign` follows that rule row by row, and `check_disjoint` holds the
result against it once more, as a whole.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset import parents, record
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
    split_of = _columns(splits, "image", "split")
    pairs: dict[str, dict[str, Any]] = {}
    rejected = []
    for row in kept.to_pylist():
        if row["uid"] in pairs:
            detail = f"in {row['set']} and in {pairs[row['uid']]['set']}"
            rejected.append(_refusal(row, _Ruling(None, "repeated", detail)))
        else:
            pairs[row["uid"]] = row
    rulings: dict[str, _Ruling] = {}
    rows = []
    for uid, row in pairs.items():
        ruling = _rule(uid, pairs, split_of, of, rulings)
        if ruling.split is None:
            rejected.append(_refusal(row, ruling))
        else:
            rows.append({**row, "split": ruling.split})
    return (
        pa.Table.from_pylist(rows, record.MANIFEST),
        pa.Table.from_pylist(rejected, record.REJECTED),
    )


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
    group_of = _columns(splits, "image", "group")
    rows = {row["uid"]: row for row in manifest.to_pylist()}
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for uid, row in rows.items():
        places["image", row["image"]].add(row["split"])
        for relative in (uid, *parents.line(uid, of)):
            if relative not in rows:
                continue
            image = rows[relative]["image"]
            group = group_of.get(image, image)
            places["group of near-duplicates", group].add(row["split"])
    torn = sorted((*key, ", ".join(sorted(held))) for key, held in places.items() if len(held) > 1)
    if torn:
        named = "; ".join(f"{kind} {name} is in {held}" for kind, name, held in torn[:_NAMED])
        raise DataError(
            f"the splits share {len(torn)} images or groups of near-duplicates: {named}; "
            "run the split stage on this pool again (dvc repro --force split)"
        )


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
            missing = _Ruling(None, "no split", f"image {row['image']}: split {split}")
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


def _refusal(row: dict[str, Any], ruling: _Ruling) -> dict[str, str]:
    return {
        "source": row["source"],
        "item": row["uid"],
        "reason": ruling.reason,
        "detail": ruling.detail,
    }


def _columns(table: pa.Table, key: str, value: str) -> dict[str, str]:
    return dict(zip(table.column(key).to_pylist(), table.column(value).to_pylist(), strict=True))
