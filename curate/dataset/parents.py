"""Made sets, or a snapshot, in; all parents of every made pair, and what goes back to what, out.

A made pair may come from several pairs, and these may be made ones, too.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, record, sets, tables
from curate.dataset.errors import DataError

FILE = "parents.parquet"  # of a made set, or of a snapshot
KEY = ("uid", "position")


def of_sets(roots: Sequence[files.Place]) -> pa.Table:
    """Parents of the pairs of every set below some folders, schema `record.PARENTS`.

    Of a pair that several sets hold, those in the first, as in `sets.located`. A folder need not
    be there.
    """
    found = record.PARENTS.empty_table()
    for folder in (f for root in roots if sets.any_in(root) for f in sets.folders(root)):
        rows = read(folder / FILE, folder / sets.PAIRS_FILE)
        known = pc.is_in(rows.column("uid"), value_set=pc.unique(found.column("uid")))
        found = pa.concat_tables([found, rows.filter(pc.invert(known))])
    return found


def of_snapshot(folder: Path) -> pa.Table:
    """Parents of a snapshot's pairs, schema `record.PARENTS`."""
    return read(folder / FILE, folder / record.MANIFEST_FILE)


def read(file: files.Place, pairs: files.Place) -> pa.Table:
    """A table of parents, schema `record.PARENTS`.

    Args:
        file: the table. Sets and snapshots from before there was one have no pair of several
            parents.
        pairs: the table of the pairs, which names one parent of each.
    """
    if file.is_file():
        return tables.conform(tables.read(file), record.PARENTS, file)
    rows = tables.read(pairs, ["uid", "parent"])
    rows = rows.filter(pc.is_valid(rows.column("parent")))
    first = pa.array([0] * rows.num_rows, pa.int32())
    return tables.conform(rows.append_column("position", first), record.PARENTS, pairs)


def by_pair(parents: pa.Table) -> dict[str, list[str]]:
    """Uid of a made pair -> uids of its parents in their order."""
    found: dict[str, list[str]] = {}
    rows = parents.sort_by([(name, "ascending") for name in KEY])
    columns = (rows.column(name).to_pylist() for name in ("uid", "parent"))
    for uid, parent in zip(*columns, strict=True):
        found.setdefault(uid, []).append(parent)
    return found


def descendants(parents: pa.Table, uids: Collection[str]) -> set[str]:
    """Made pairs that have one of some pairs among their parents, or their parents' parents, ...

    Args:
        parents: schema `record.PARENTS`.
        uids: of the pairs; they are in the answer where one goes back to another.
    """
    found: set[str] = set()
    new = set(uids)
    while new:
        new = set(tables.rows_with(parents, "parent", sorted(new)).column("uid").to_pylist())
        new -= found
        found |= new
    return found


def line(uid: str, parents: Mapping[str, Sequence[str]]) -> list[str]:
    """All that a pair goes back to, its parents first, then theirs, each once.

    Args:
        uid: of the pair.
        parents: as `by_pair` gives it.

    Raises:
        DataError: the pair goes back to itself.
    """
    found: dict[str, None] = {}
    queue = list(parents.get(uid, ()))
    while queue:
        if (one := queue.pop(0)) == uid:
            raise DataError(f"{uid} goes back to itself: the table of parents is wrong")
        if one not in found:
            found[one] = None
            queue += parents.get(one, ())
    return list(found)
