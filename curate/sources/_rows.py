"""Chunks of a table, kept on disk as they are read, and its rows in an order fit for fetching.

Rows of one URL stand together, at the place of the first of them. A run of rows is described by
two numbers, so that a table of any length can be sent to workers piece by piece; Arrow files are
mapped into memory, not read into it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

_ORDER, _FIRST, _BOUNDS = "order.npy", "first.npy", "bounds.json"


def store(chunks: Iterable[pa.Table], folder: Path, key: str) -> int:
    """Keep chunks and the order of their rows; gives the number of rows.

    Args:
        chunks: each with columns of its own.
        folder: for the files; what is there of an earlier call is replaced.
        key: column whose equal values stand together; rows without it stand alone.
    """
    for file in folder.iterdir():
        file.unlink()
    bounds, digests = [0], []
    for number, chunk in enumerate(chunks):
        with pa.ipc.new_file(str(folder / f"{number:06}.arrow"), chunk.schema) as file:
            file.write_table(chunk)
        keys = chunk.column(key).to_pylist() if key in chunk.column_names else [None] * len(chunk)
        digests.append(_digests(keys, bounds[-1]))
        bounds.append(bounds[-1] + len(chunk))
    order, first = _together(np.concatenate([np.empty((0, 2), np.uint64), *digests]))
    np.save(folder / _ORDER, order)
    np.save(folder / _FIRST, first)
    (folder / _BOUNDS).write_text(json.dumps(bounds), encoding="utf-8")
    return bounds[-1]


def _digests(keys: list[str | None], start: int) -> np.ndarray:
    """(N, 2) 128 bits of each key; of a row without one, bits that no other row has."""
    found = bytearray()
    for row, key in enumerate(keys, start):
        text = f"\x00{row}" if key is None else key
        found += hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return np.frombuffer(bytes(found), np.uint64).reshape(-1, 2)


def _together(digests: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) rows, equal ones together; (N,) place in it of the first that equals each."""
    rows = np.arange(len(digests))
    by_key = np.lexsort((rows, digests[:, 1], digests[:, 0]))
    ordered = digests[by_key]
    new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))[: len(rows)]
    first_row = np.empty(len(rows), np.int64)
    first_row[by_key] = by_key[new][np.cumsum(new) - 1]
    order = np.lexsort((rows, first_row))
    starts = np.append(True, first_row[order][1:] != first_row[order][:-1])[: len(rows)]
    return order, np.maximum.accumulate(np.where(starts, rows, 0))


class Rows:
    """A run of rows as a sequence; a slice is a run that never parts rows of one key.

    Args:
        folder: where `store` put them.
        item: makes an item of a row; importable by name.
        start: place of the first row in the order.
        stop: place after the last one.
    """

    def __init__(
        self, folder: Path, item: Callable[[dict[str, Any]], Any], start: int, stop: int
    ) -> None:
        self._folder = folder
        self._item = item
        self._start = start
        self._stop = stop

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, some: slice) -> "Rows":
        """Rows from the start of a key's rows to the start of another's."""
        start, stop, _ = some.indices(len(self))
        first = np.load(self._folder / _FIRST, mmap_mode="r")
        start, stop = (
            int(first[self._start + place]) if place < len(self) else self._stop
            for place in (start, stop)
        )
        return Rows(self._folder, self._item, start, stop)

    def __iter__(self) -> Iterator[Any]:
        rows: dict[int, dict[str, Any]] = {}
        for places, table in self._tables():
            rows |= zip(places.tolist(), table.to_pylist(), strict=True)
        return (self._item(rows[place]) for place in range(len(self)))

    def fingerprint(self) -> str:
        """Hash of the content of the rows."""
        digest = hashlib.sha256()
        for places, table in self._tables():
            digest.update(places.tobytes())
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table.combine_chunks())
            digest.update(sink.getvalue())
        return digest.hexdigest()

    def _tables(self) -> Iterator[tuple[np.ndarray, pa.Table]]:
        """Places in this run, and the rows there, of one chunk after the other."""
        bounds = np.array(json.loads((self._folder / _BOUNDS).read_text(encoding="utf-8")))
        order = np.load(self._folder / _ORDER, mmap_mode="r")[self._start : self._stop]
        chunks = np.searchsorted(bounds, order, side="right") - 1
        for number in np.unique(chunks):
            places = np.flatnonzero(chunks == number)
            with pa.memory_map(str(self._folder / f"{number:06}.arrow")) as file:
                table = pa.ipc.open_file(file).read_all()
                yield places, table.take(order[places] - bounds[number])
