"""Columns that the sources of pairs have beyond the record: `extra.parquet`, keyed by uid."""

import pyarrow as pa
import pyarrow.compute as pc

from curate.answers import EXTRA
from curate.dataset import files, record, tables

FILE = "extra.parquet"
ORIGIN = "origin"  # what kind of text a caption was: alt, title, sidecar, a column's name
_OURS = {*record.PAIRS.names, ORIGIN}


def write(pairs: pa.Table, answers: pa.Table, root: files.Place) -> None:
    """Write what is known of pairs beyond their record; no file where nothing is.

    Args:
        pairs: columns uid, origin and row, the row of `answers` that a pair is of.
        answers: schema `curate.answers.SCHEMA` with further columns.
        root: folder of the set.
    """
    names = [name for name in answers.column_names if name.startswith(EXTRA)]
    found = answers.select(names).take(pairs.column("row"))
    columns = {"uid": pairs.column("uid"), ORIGIN: pairs.column(ORIGIN)}
    columns |= {_name(name.removeprefix(EXTRA)): found.column(name) for name in names}
    told = pa.array([False] * pairs.num_rows)
    for name in columns.keys() - {"uid"}:
        told = pc.or_(told, columns[name].combine_chunks().is_valid())
    table = pa.table(columns).filter(told)
    table = table.select([name for name in columns if table.column(name).null_count < len(table)])
    if table.num_rows:
        tables.write(table, root / FILE, "uid")
    else:
        (root / FILE).unlink(missing_ok=True)  # a set before this one had more to tell


def _name(name: str) -> str:
    """A column's name that is none of the record's."""
    return f"source_{name}" if name in _OURS else name
