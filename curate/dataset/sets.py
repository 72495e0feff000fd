"""Sets as tables: every pair below a folder, and the pairs that decisions kept."""

import posixpath
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, record, tables
from curate.dataset.errors import DataError, EmptySetError

PAIRS_FILE = "pairs.parquet"
REJECTED_FILE = "rejected.parquet"
LOCATED = record.PAIRS.insert(1, pa.field("set", pa.string(), nullable=False))
"""A pair and the folder of the set that holds its image."""


def folders(root: files.Place) -> list[files.Place]:
    """The sets at a folder or URL: itself where it has pairs, else those right below it, sorted.

    Raises:
        DataError: there is no set.
    """
    if (root / PAIRS_FILE).is_file():
        return [root]
    found = sorted(file.parent for file in root.glob(f"*/{PAIRS_FILE}"))
    if not found:
        raise DataError(f"no set at {root}: neither {root / PAIRS_FILE} nor one folder below it")
    return found


def any_in(root: files.Place) -> bool:
    """Whether there is a set at a folder or URL, which need not be there."""
    return (root / PAIRS_FILE).is_file() or any(root.glob(f"*/{PAIRS_FILE}"))


def located(roots: Sequence[files.Place]) -> pa.Table:
    """Pairs of every set below some folders, with the set's path, sorted by uid.

    A pair that several sets below one folder hold, as two methods may tell the same caption of a
    picture, is that of the first.

    Returns:
        A table of schema `LOCATED`.
    """
    return tables.concat([_below(root) for root in roots], LOCATED).sort_by("uid")


def kept(
    roots: Sequence[files.Place], decisions: Sequence[files.Place], none_is_fine: bool = False
) -> pa.Table:
    """The located pairs that some table of decisions kept.

    Args:
        roots: folders that are or hold sets.
        decisions: tables of schema `record.DECISIONS`.
        none_is_fine: whether the table may be empty.

    Raises:
        EmptySetError: nothing was kept.
    """
    pairs = located(roots)
    rulings = [tables.read(file, ["uid", "kept"]) for file in decisions]
    uids = pa.concat_tables([r.filter(r.column("kept")) for r in rulings]).column("uid")
    chosen = pairs.filter(pc.is_in(pairs.column("uid"), value_set=uids.combine_chunks()))
    if chosen.num_rows == 0 and not none_is_fine:
        raise EmptySetError(f"of {pairs.num_rows} pairs in {_names(roots)} none was kept")
    return chosen


def distinct_images(pairs: pa.Table) -> pa.Table:
    """One row per image: its first pair in the table's order, sorted by where its bytes lie."""
    rows = pairs.append_column("_row", pa.array(np.arange(pairs.num_rows)))
    first = rows.group_by("image").aggregate([("_row", "min")]).column("_row_min")
    images = pairs.take(first.combine_chunks().sort())
    place = [name for name in ("set", "shard", "offset") if name in images.column_names]
    return images.sort_by([(name, "ascending") for name in place])


def _below(root: files.Place) -> pa.Table:
    """Pairs of every set below a folder, each once."""
    found: list[pa.Table] = []
    for folder in folders(root):
        pairs = tables.conform(tables.read(folder / PAIRS_FILE), record.PAIRS, folder)
        for earlier in found:
            known = pc.is_in(pairs.column("uid"), value_set=earlier.column("uid").combine_chunks())
            pairs = pairs.filter(pc.invert(known))
        found.append(_placed(pairs, folder))
    return tables.concat(found, LOCATED)


def _placed(pairs: pa.Table, folder: files.Place) -> pa.Table:
    """Pairs with the set whose tar holds their image: their own, or the one `shard` points to."""
    shard = pairs.column("shard").combine_chunks().dictionary_encode()
    owners, names = [], []
    for path in shard.dictionary.to_pylist():
        owner, name = folder.as_posix(), path
        if path.startswith("../"):
            whole = posixpath.normpath(posixpath.join(owner, path))
            owner = posixpath.dirname(posixpath.dirname(whole))
            name = posixpath.relpath(whole, owner)
        owners.append(owner)
        names.append(name)
    placed = pairs.add_column(
        1, LOCATED.field("set"), pa.array(owners, pa.string()).take(shard.indices)
    )
    at = placed.column_names.index("shard")
    return placed.set_column(at, "shard", pa.array(names, pa.string()).take(shard.indices))


def _names(roots: Sequence[files.Place]) -> str:
    return ", ".join(map(str, roots))
