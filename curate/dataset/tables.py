"""Parquet tables in and out: checked against their schema, sorted by key, same bytes each time.

Each page carries a CRC-32 of its bytes, which is looked at whenever it is read: of a byte that
changed on a disk, Parquet alone mostly makes other values without a word.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.dataset import files
from curate.dataset.errors import DataError

KIND = "kind"  # metadata of a table: file of the plugin that it came by, if of another name
_ROW_GROUP = 65536  # rows
CHECKED = {"write_page_checksum": True}  # of all that writes tables
VERIFIED = {"page_checksum_verification": True}  # of all that reads them
_DAMAGED = (pa.ArrowInvalid, OSError)


class Table(NamedTuple):
    """A table that a plugin makes: its columns, and those that name a row."""

    schema: pa.Schema
    key: tuple[str, ...]


def write(
    table: pa.Table,
    path: files.Place,
    key: str | Sequence[str],
    schema: pa.Schema | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a table sorted by its key, so that equal content gives equal bytes.

    The file appears whole or not at all.

    Args:
        table: rows in any order.
        path: the parquet file, local or on a store; missing folders are made.
        key: column or columns that name a row; no two rows may share them.
        schema: cast to it, with its column order; None keeps the table's own.
        metadata: kept with the file's schema.

    Raises:
        DataError: a column is missing or of another type, or a key occurs twice.
    """
    keys = [key] if isinstance(key, str) else list(key)
    if schema is not None:
        table = conform(table, schema, path)
    table = table.combine_chunks().replace_schema_metadata(dict(metadata or {}) or None)
    groups = _sorted(table, keys, path)
    partial = files.partial(path)
    try:
        with pq.ParquetWriter(partial, table.schema, compression="zstd", **CHECKED) as writer:
            for group in groups:
                writer.write_table(group, row_group_size=_ROW_GROUP)
        files.settle(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _sorted(table: pa.Table, keys: Sequence[str], path: files.Place) -> Iterator[pa.Table]:
    """The row groups of a table in the order of its key; one of them at a time is copied.

    Raises:
        DataError: a key occurs twice.
    """
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in keys])
    if repeated := table.num_rows - int(changes(table.select(keys), order).sum()):
        raise DataError(
            f"{path}: {repeated} of {table.num_rows} rows repeat a key ({', '.join(keys)})"
        )
    starts = range(0, max(table.num_rows, 1), _ROW_GROUP)
    return (table.take(order.slice(start, _ROW_GROUP)) for start in starts)


def changes(table: pa.Table, order: pa.Array) -> np.ndarray:
    """(N,) whether a row, in some order, is another than the one before it.

    A sorted table is so told apart into its groups, a row group at a time: a hash table of its keys
    takes ten times as much memory.

    Args:
        table: N rows of scalars; null is equal to null.
        order: numbers of its rows.
    """
    table, found = table.combine_chunks(), np.ones(len(order), np.bool_)
    for start in range(1, len(order), _ROW_GROUP):
        some = table.take(order.slice(start - 1, _ROW_GROUP + 1))
        same = np.ones(some.num_rows - 1, np.bool_)
        for column in some.columns:
            this, last = column.slice(1), column.slice(0, len(same))
            neither = pc.and_(this.is_null(), last.is_null())
            same &= pc.coalesce(pc.equal(this, last), neither).to_numpy()
        found[start : start + len(same)] = ~same
    return found


def read(path: files.Place, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a table, or some of its columns.

    Raises:
        DataError: the file is missing, is no parquet file, is damaged, or lacks a column; the
            message names the columns that there are.
    """
    with opened(path) as file:
        known = file.schema_arrow.names
        if missing := [name for name in columns or () if name not in known]:
            there = ", ".join(known)
            raise DataError(f"{path} has no column {', '.join(missing)}; it has {there}")
        return file.read(list(columns) if columns is not None else None)


def wanted(
    paths: Sequence[files.Place], rows: pc.Expression | None, columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows of some tables that a filter wants, or all, in their order.

    Of tables sorted by what is asked for only the row groups that may hold it are read.

    Raises:
        DataError: a file is missing, is no parquet file or is damaged.
    """
    import pyarrow.dataset as ds  # takes longer than all else here

    checked = ds.ParquetFragmentScanOptions(**VERIFIED)
    form = ds.ParquetFileFormat(default_fragment_scan_options=checked)
    found = []
    for path in paths:
        where, store = _there(path)
        with _told(path):
            table = ds.dataset(where, format=form, filesystem=store)
            found.append(table.to_table(columns, filter=rows))
    return pa.concat_tables(found)


def count(path: files.Place) -> int:
    """Number of rows of a table; reads its metadata alone.

    Raises:
        DataError: the file is missing or is no parquet file.
    """
    with opened(path) as file:
        return int(file.metadata.num_rows)


def schema(path: files.Place) -> pa.Schema:
    """Schema of a table, with its metadata; reads no row.

    Raises:
        DataError: the file is missing or is no parquet file.
    """
    with opened(path) as file:
        return file.schema_arrow


@contextlib.contextmanager
def opened(path: files.Place) -> Iterator[pq.ParquetFile]:
    """A table, open for reading.

    Raises:
        DataError: the file is missing, is no parquet file, or what is read of it is damaged.
    """
    where, store = _there(path)
    with (
        _told(path),
        # not pq.read_table: it imports pandas, and opens the file anew for its schema
        pq.ParquetFile(where, filesystem=store, **VERIFIED) as file,
    ):
        yield file


def _there(path: files.Place) -> tuple[str, Any]:
    """A table's path and file system, as Arrow takes them.

    Raises:
        DataError: there is none.
    """
    if not path.is_file():
        raise DataError(f"no table at {path}; run the stage that writes it (dvc repro)")
    return files.native(path)


@contextlib.contextmanager
def _told(path: files.Place) -> Iterator[None]:
    """What Arrow says of a table's bytes, as an error that names the table."""
    try:
        yield
    except _DAMAGED as error:
        raise DataError(
            f"{path} cannot be read as parquet: {error}; remove it and run the stage that writes "
            "it (dvc repro), or fetch it anew"
        ) from error


def conform(table: pa.Table, schema: pa.Schema, where: files.Place | str) -> pa.Table:
    """Bring a table to a schema's columns, order and types.

    Raises:
        DataError: a column is missing, cannot be cast, or is null where it may not be.
    """
    if missing := [name for name in schema.names if name not in table.column_names]:
        raise DataError(f"{where}: columns missing: {', '.join(missing)}")
    try:
        return table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
        raise DataError(f"{where}: {error}") from error


def concat(parts: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Stack tables of one schema; no parts give an empty table of that schema."""
    if not parts:
        return schema.empty_table()
    return pa.concat_tables([conform(part, schema, "part") for part in parts])


def counts(values: pa.ChunkedArray) -> Counter[str]:
    """How often each value of a column of words occurs; null is `unknown`."""
    found = pc.value_counts(pc.fill_null(values, "unknown"))
    both = (found.field(name).to_pylist() for name in ("values", "counts"))
    return Counter(dict(zip(*both, strict=True)))


def first(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    """The first of the rows that have the same values in some columns, in their order."""
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in columns])  # stable
    begins = changes(table.select(columns), order)
    return table.take(order.filter(pa.array(begins)).sort())


def rows_with(table: pa.Table, column: str, values: Sequence[str] | pa.ChunkedArray) -> pa.Table:
    """The rows whose `column` is one of `values`, in the table's order."""
    if not isinstance(values, pa.ChunkedArray):
        values = pa.array(values, pa.string())
    return table.filter(pc.is_in(table.column(column), value_set=values))
