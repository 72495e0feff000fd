"""Tars of a set and the members that stay; tars without the others, cut as if they had never been.

Tars are cut after members whose names end in zeros (see `curate.dataset.shards`), so only those
that lose a member are written anew, and those that they run into where the lost one was such an
end. Others are left alone.
"""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import pyarrow as pa

from curate.dataset import files, shards

_PLACE = shards.Location._fields


@dataclass(frozen=True)
class Tars:
    """The tars in one folder of a set."""

    root: files.Place  # of the set
    folder: str  # one of `shards.FOLDERS`
    rows: pa.Table  # that name a member and its place in all of them


def without(
    tars: Tars, left: pa.Table, new: files.Place, per_shard: int
) -> tuple[pa.Table, list[str]]:
    """Write those tars anew that hold members of no row that is left.

    Args:
        tars: as they are.
        left: the rows that stay.
        new: folder of the set that takes the new tars.
        per_shard: mean number of members in a tar, as they were written with.

    Returns:
        The rows that stay with their new places, and the tars that were written anew.
    """
    key = shards.FOLDERS[tars.folder]
    names = set(left.column(key).to_pylist())
    moved: dict[str, shards.Location] = {}
    dropped: list[str] = []
    for run in _runs(_names_by_shard(tars.rows, key), names, per_shard):
        dropped += run
        prefix = PurePosixPath(run[0]).name.rpartition("-")[0]
        members = _members([tars.root / tar for tar in run], names)
        moved |= shards.write(new, prefix, members, per_shard, tars.folder)
    return _moved(left, key, moved), dropped


def _names_by_shard(rows: pa.Table, key: str) -> dict[str, list[str]]:
    """Tar -> the names in it, sorted."""
    found: dict[str, set[str]] = {}
    columns = (rows.column(name).to_pylist() for name in ("shard", key))
    for shard, name in zip(*columns, strict=True):
        found.setdefault(shard, set()).add(name)
    return {shard: sorted(names) for shard, names in found.items()}


def _runs(places: Mapping[str, list[str]], names: set[str], per_shard: int) -> Iterator[list[str]]:
    """Tars that must be written anew, those together that are cut as one.

    Args:
        places: tar -> the names in it.
        names: that stay.
        per_shard: mean number of members in a tar.
    """
    by_prefix: dict[str, list[str]] = {}
    for shard in sorted(places, key=lambda shard: places[shard][0]):
        by_prefix.setdefault(shard.rpartition("-")[0], []).append(shard)
    for own in by_prefix.values():
        run: list[str] = []
        is_open = False  # whether what is left of the run needs more to be cut
        for shard in own:
            stay = [name for name in places[shard] if name in names]
            if is_open or len(stay) < len(places[shard]):
                run.append(shard)
                is_open = not shards.is_border(stay[-1], per_shard) if stay else is_open
            if run and not is_open:
                yield run
                run = []
        if run:
            yield run


def _members(tars: Iterable[files.Place], names: set[str]) -> Iterator[tuple[str, str, bytes]]:
    """(name, extension, bytes) of the members that stay, in the order of the tars."""
    for path in tars:
        with path.open("rb") as file, tarfile.open(fileobj=file) as tar:
            for info in tar:
                name, _, extension = info.name.rpartition(".")
                if name in names:
                    yield name, extension, tar.extractfile(info).read()  # type: ignore[union-attr]


def _moved(rows: pa.Table, key: str, places: Mapping[str, shards.Location]) -> pa.Table:
    """Rows with the new places of what was moved."""
    columns = {name: rows.column(name).to_pylist() for name in _PLACE}
    for at, name in enumerate(rows.column(key).to_pylist()):
        if place := places.get(name):
            for field, its in zip(_PLACE, place, strict=True):
                columns[field][at] = its
    for name, values in columns.items():
        index = rows.column_names.index(name)
        rows = rows.set_column(index, name, pa.array(values, rows.schema.field(name).type))
    return rows
