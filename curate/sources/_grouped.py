"""Parquet and Arrow files as groups of rows, a few of which are in memory at a time.

Files that lie here are mapped, so that nothing is taken up that a file only says it has; of those
from elsewhere a column of a group is held as it is packed. What must be read from its start to
its end to get at a row, or is too large to be held, is copied.
"""

import contextlib
import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.sources._paths import opened

ENDINGS = (".parquet", ".arrow")
AT_ONCE = 16  # rows in memory
_ENTERED = 1024  # rows of a row group that is read from its start to get at those in its middle
_COPIED = 256  # rows in each row group of the copy of a file whose own are larger
_HELD = 1 << 28  # bytes, packed, of a column of a row group from elsewhere
_UNPACKED = 1 << 32  # bytes, unpacked, of a column of a row group
_MOST_ROWS = 10_000_000  # of a row group
_PIECE = 1 << 20  # bytes copied at a time
_FILE_FORMAT = b"ARROW1"  # how Arrow's file format begins; its stream format has no mark


class Groups(Protocol):
    """An opened file."""

    schema: pa.Schema
    sizes: list[int]  # rows of each group
    held: int  # bytes of the largest packed column of a group that must be in memory

    def rows(
        self, group: int, columns: Sequence[str], first: int
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(place, rows from there on) of a group, in order, up from those with the first wanted."""


class _Parquet:
    def __init__(self, source: Any) -> None:
        self.table = pq.ParquetFile(source, buffer_size=0, pre_buffer=False, **tables.VERIFIED)
        self.schema = self.table.schema_arrow
        self.sizes, self.held = [], 0
        for number in range(self.table.num_row_groups):
            group = self.table.metadata.row_group(number)
            columns = [group.column(index) for index in range(group.num_columns)]
            unpacked = max((column.total_uncompressed_size for column in columns), default=0)
            if not (0 <= group.num_rows <= _MOST_ROWS and unpacked <= _UNPACKED):
                said = f"{group.num_rows} rows, of which a column takes {unpacked} bytes"
                raise DataError(f"row group {number} says that it has {said}")
            self.sizes.append(group.num_rows)
            self.held = max(self.held, *(column.total_compressed_size for column in columns))

    def rows(
        self, group: int, columns: Sequence[str], first: int
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        place = 0
        for batch in self.table.iter_batches(AT_ONCE, [group], list(columns), use_threads=False):
            if place + len(batch) > first:
                yield place, batch
            place += len(batch)


class _Arrow:
    held = 0

    def __init__(self, source: Any) -> None:
        self._source = source
        self.schema, batches = self._read()
        self.sizes = list(map(len, batches))

    def rows(
        self, group: int, columns: Sequence[str], first: int
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        batch = next(itertools.islice(self._read()[1], group, None)).select(list(columns))
        for place in range(first, len(batch), AT_ONCE):
            yield place, batch.slice(place, AT_ONCE)

    def _read(self) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        self._source.seek(0)
        if self._source.read(len(_FILE_FORMAT)) == _FILE_FORMAT:
            file = pa.ipc.open_file(self._source)
            return file.schema, map(file.get_batch, range(file.num_record_batches))
        self._source.seek(0)
        stream = pa.ipc.open_stream(self._source)
        return stream.schema, iter(stream)


@contextlib.contextmanager
def open_groups(file: str) -> Iterator[Groups]:
    """A file of pictures, opened.

    Args:
        file: path or, of parquet, URL.

    Raises:
        DataError: it cannot be opened, or says of itself what cannot be.
        pyarrow.ArrowException, OSError, ValueError: it is damaged.
    """
    source: Any = opened(file) if "://" in file else pa.memory_map(file)
    with source:
        yield _Arrow(source) if file.endswith(".arrow") else _Parquet(source)


def fit(file: str, copy: Path, check: Callable[[pa.Schema], object]) -> tuple[str, list[int]]:
    """A place from which a file's rows can be read, some at a time, and the sizes of its groups.

    Args:
        file: path or URL.
        copy: name, without ending, for a copy where one is needed.
        check: of the schema, before anything is written.

    Raises:
        As `open_groups`, and what `check` raises.
    """
    if "://" in file and file.endswith(".arrow"):
        file = _fetched(file, copy.with_name(f"{copy.name}.arrow"))
    with open_groups(file) as found:
        check(found.schema)
        if "://" not in file or found.held <= _HELD:
            return _grouped(found, file, copy)
    file = _fetched(file, copy.with_name(f"{copy.name}.whole.parquet"))
    with open_groups(file) as found:
        return _grouped(found, file, copy)


def _grouped(found: Groups, file: str, copy: Path) -> tuple[str, list[int]]:
    """The file, or a copy in small row groups where its own are large."""
    if not isinstance(found, _Parquet) or max(found.sizes, default=0) <= _ENTERED:
        return file, found.sizes
    place, sizes = copy.with_name(f"{copy.name}.parquet").as_posix(), []
    with pq.ParquetWriter(place, found.schema, compression="none") as writer:
        batches = found.table.iter_batches(AT_ONCE, use_threads=False)
        while some := list(itertools.islice(batches, _COPIED // AT_ONCE)):
            writer.write_table(pa.Table.from_batches(some))
            sizes.append(sum(map(len, some)))
    return place, sizes


def _fetched(url: str, copy: Path) -> str:
    """A copy of a file from elsewhere."""
    with opened(url) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, _PIECE)
    return copy.as_posix()
