"""Folders of labels of the pool and of made pairs in; one table of a labeler, of both, out.

A table is `<labeler>/<table>.parquet`. One with many vectors is in several files,
`<table>-00.parquet` and so on: a row's file follows from the hash that its first column begins
with, so one more picture changes one file, and a reader has one file in memory at a time.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.dataset.tables import Table

_DIGITS = 8  # of the hash that say the file


def files(labeler: str, table: str, pool: Path, made: Path | None = None) -> list[Path]:
    """Where a labeler's table is, that of the pool first; made pairs need not have been labelled.

    Args:
        labeler: its name.
        table: its table's name.
        pool: folder of the labels of the pool's pairs: `<labeler>/<table>.parquet`.
        made: the same of made pairs.
    """
    also = _files(made / labeler, table) if made is not None else []
    found = _files(pool / labeler, table) or [pool / labeler / f"{table}.parquet"]
    return [*found, *also]


def read(
    labeler: str,
    table: str,
    pool: Path,
    made: Path | None = None,
    columns: Sequence[str] | None = None,
    of: pa.Array | pa.ChunkedArray | None = None,
) -> pa.Table:
    """A labeler's table, of the pool's and of made pairs.

    What both tell of (a picture that has captions of both, a meaning that both link to), the pool's
    table says. A table's first column is what it tells of.

    Args:
        labeler: its name.
        table: its table's name.
        pool: folder of the labels of the pool's pairs: `<labeler>/<table>.parquet`.
        made: the same of made pairs; may be missing.
        columns: those that are wanted, the first one among them; None: all.
        of: values of the first column whose rows are wanted; None: all.

    Raises:
        DataError: the pool's table is missing, or one lacks a column.
    """
    first = of_folder(pool / labeler, table, columns, of)
    if made is None or not _files(made / labeler, table):
        return first
    other = of_folder(made / labeler, table, columns, of)
    key = other.column_names[0]
    known = pc.is_in(other.column(key), value_set=pc.unique(first.column(key)))
    rest = tables.conform(other.filter(pc.invert(known)), first.schema, labeler)
    return pa.concat_tables([first, rest])


def of_folder(
    folder: Path,
    table: str,
    columns: Sequence[str] | None = None,
    of: pa.Array | pa.ChunkedArray | None = None,
) -> pa.Table:
    """A table in one labeler's folder, its files one after the other.

    Args:
        folder: of the labeler's tables.
        table: its name.
        columns: as `read`.
        of: as `read`.

    Raises:
        DataError: the table is missing, or lacks a column.
    """
    parts = []
    for file in _files(folder, table) or [folder / f"{table}.parquet"]:
        part = tables.read(file, columns)
        if of is not None:
            part = part.filter(pc.is_in(part.column(0), value_set=pc.unique(of)))
        parts.append(part)
    return pa.concat_tables(parts)


def write(found: pa.Table, folder: Path, name: str, table: Table, shards: int = 1) -> None:
    """Write a labeler's table into its folder.

    Args:
        found: rows in any order.
        folder: of the labeler's tables.
        name: of the table.
        table: its form.
        shards: files that it is in.

    Raises:
        DataError: as `tables.write`, or the first column of a table in several files is no hash.
    """
    if shards == 1:
        tables.write(found, folder / f"{name}.parquet", table.key, table.schema)
        return
    values = found.column(table.key[0])
    try:
        hashes = np.array([int(v[:_DIGITS], 16) for v in values.to_pylist()], np.uint64)
    except ValueError as error:
        raise DataError(f"{folder}/{name}: {table.key[0]} is no hash in hex: {error}") from error
    place = (hashes * np.uint64(shards)) >> np.uint64(4 * _DIGITS)
    for number in range(shards):
        part = found.filter(pa.array(place == number))
        tables.write(part, folder / f"{name}-{number:02d}.parquet", table.key, table.schema)


def _files(folder: Path, table: str) -> list[Path]:
    """The files of a table that there are."""
    one = folder / f"{table}.parquet"
    return [one] if one.is_file() else sorted(folder.glob(f"{table}-[0-9][0-9].parquet"))
