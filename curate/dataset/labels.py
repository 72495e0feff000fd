"""Folders of labels of the pool and of made pairs in; one table of a labeler, of both, out."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables


def files(labeler: str, table: str, pool: Path, made: Path | None = None) -> list[Path]:
    """Where a labeler's table is, that of the pool first; made pairs need not have been labelled.

    Args:
        labeler: its name.
        table: its table's name.
        pool: folder of the labels of the pool's pairs: `<labeler>/<table>.parquet`.
        made: the same of made pairs.
    """
    found = pool / labeler / f"{table}.parquet"
    also = [made / labeler / found.name] if made is not None else []
    return [found, *(file for file in also if file.is_file())]


def read(
    labeler: str,
    table: str,
    pool: Path,
    made: Path | None = None,
    columns: Sequence[str] | None = None,
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

    Raises:
        DataError: the pool's table is missing, or one lacks a column.
    """
    first, *more = (tables.read(file, columns) for file in files(labeler, table, pool, made))
    parts = [first]
    for other in more:
        key = other.column_names[0]
        known = pc.is_in(other.column(key), value_set=pc.unique(first.column(key)))
        parts.append(tables.conform(other.filter(pc.invert(known)), first.schema, labeler))
    return pa.concat_tables(parts)
