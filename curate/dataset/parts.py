"""Tables larger than memory in; parts of them, small enough to hold, out.

What can be said of a row alone needs any part of the table that has it: `stream` gives the rows
of a file in their order. What is about all rows of a key (is it unique, is it in another table)
needs a part that has them all: `by_key` cuts a table by the hash of its key, on disk where it must,
as a hash join does (Kitsuregawa et al., 1983, "Application of hash to data base machine and its
architecture"). Parts that are cut by the same key in the same number go together.
"""

import contextlib
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, tables

ROWS = 1 << 16  # of a part
_MOST = 256  # parts that a table is cut into by key, since a file is open for each


class Part(NamedTuple):
    """Some rows of a table."""

    name: str  # where they are, for messages; empty where it is the whole table
    rows: pa.Table


def whole(rows: pa.Table) -> list[Part]:
    """A table in one part."""
    return [Part("", rows)]


def stream(file: files.Place, columns: Sequence[str] | None = None) -> Iterator[Part]:
    """The rows of a parquet file in their order, `ROWS` at a time; one empty part if it has none.

    Raises:
        DataError: there is no such file, or it is no parquet file.
    """
    with tables.opened(file) as table:
        if table.metadata.num_rows <= ROWS:
            yield Part("", table.read(list(columns) if columns is not None else None))
            return
        start = 0
        for batch in table.iter_batches(ROWS, columns=columns):
            stop = start + batch.num_rows
            yield Part(f"rows {start:,} to {stop - 1:,} of {file}", pa.Table.from_batches([batch]))
            start = stop


def ordered(parts: Iterable[Part], key: str) -> Iterator[Part]:
    """Parts with a column `in_order`: whether a row's key is greater than that of the row before.

    Where all are, no two rows share a key.
    """
    last = pa.array([""], pa.string())
    for part in parts:
        keys = part.rows.column(key).cast(pa.string()).combine_chunks()
        before = pa.concat_arrays([last, keys])[:-1]
        yield part._replace(rows=part.rows.append_column("in_order", pc.greater(keys, before)))
        last = keys[-1:] if len(keys) else last


def count(rows: int) -> int:
    """In how many parts a table of so many rows is cut by key."""
    return min(_MOST, max(1, math.ceil(rows / ROWS)))


def by_key(tables: Iterable[pa.Table], key: str, number: int) -> Iterator[Part]:
    """A table cut by the hash of a key: all rows of one key are in one part.

    Args:
        tables: pieces of it, of one schema; there is at least one.
        key: a column of strings; null counts as a key.
        number: of parts, as `count` gives it.
    """
    if number == 1:
        yield Part("", pa.concat_tables(list(tables)))
        return
    with tempfile.TemporaryDirectory(prefix="pairwright-") as folder:
        places = [Path(folder, f"{place}.arrow") for place in range(number)]
        with contextlib.ExitStack() as opened:
            writers: list[pa.ipc.RecordBatchStreamWriter] = []
            for table in tables:
                if not writers:
                    writers = [
                        opened.enter_context(pa.ipc.new_stream(str(place), table.schema))
                        for place in places
                    ]
                _scatter(table, key, writers)
        for place, file in enumerate(places):
            with pa.ipc.open_stream(file.read_bytes()) as reader:
                yield Part(f"part {place + 1} of {number} by {key}", reader.read_all())
            file.unlink()


def _scatter(table: pa.Table, key: str, writers: Sequence[pa.ipc.RecordBatchStreamWriter]) -> None:
    from pandas.util import hash_array

    values = pc.fill_null(table.column(key).cast(pa.string()), "").to_numpy()
    codes = hash_array(np.asarray(values, object), categorize=False) % len(writers)
    order = np.argsort(codes, kind="stable")
    sorted_rows = table.take(pa.array(order))
    borders = np.searchsorted(codes[order], np.arange(len(writers) + 1))
    for writer, start, stop in zip(writers, borders[:-1], borders[1:], strict=True):
        if stop > start:
            writer.write_table(sorted_rows.slice(start, stop - start))
