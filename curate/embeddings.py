"""Vectors of pictures and captions in; two tables of them, by image and by caption, out and back.

`images.parquet` and `texts.parquet` lie in the folder of the scorer that made them; its metadata
says how many numbers a vector has. They are of length 1 and kept to half precision, which moves
a cosine by less than 0.001.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError

DIMENSION = "dimension"  # metadata: numbers in a vector
_BLOCK = 4096  # vectors in double precision at once
KEYS = {"images": "image", "texts": "caption"}  # table -> what its vectors are of


class Vectors:
    """The vectors of a table, (n, D), left where they lie: those asked for are of length 1.

    Args:
        column: n lists of D numbers of any precision.
        rows: (m,) those of them that are meant, in order; None: all.
    """

    def __init__(self, column: pa.ChunkedArray, rows: np.ndarray | None = None) -> None:
        self._parts = [_flat(chunk) for chunk in column.chunks if len(chunk)]
        self._ends = np.cumsum([len(part) for part in self._parts], dtype=np.int64)
        self._rows = np.arange(len(column)) if rows is None else rows
        self.shape = (len(self._rows), self._parts[0].shape[1] if self._parts else 0)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, some: slice | np.ndarray) -> np.ndarray:
        """Vectors (k, D), float64."""
        rows = self._rows[some]
        found = np.empty((len(rows), self.shape[1]))
        part = np.searchsorted(self._ends, rows, "right")
        for number in np.unique(part):
            mine = part == number
            values = self._parts[number]
            found[mine] = values[rows[mine] - self._ends[number] + len(values)]
        return unit(found)


class Embeddings(NamedTuple):
    """Raw or unit vectors with their names, sorted by them."""

    images: pa.Table  # image, vector
    texts: pa.Table  # caption, vector

    def beside(self, pairs: pa.Table) -> tuple[np.ndarray, Vectors, Vectors]:
        """Of pairs (n rows): which have both vectors (n), and those, (m, D) each."""
        places = [
            pc.index_in(pairs.column(key), value_set=table.column(key).combine_chunks())
            for key, table in zip(KEYS.values(), self, strict=True)
        ]
        there = pc.and_(*[pc.is_valid(place) for place in places])
        chosen = [place.filter(there).to_numpy() for place in places]
        found = [Vectors(t.column("vector"), at) for t, at in zip(self, chosen, strict=True)]
        return there.to_numpy().astype(bool), found[0], found[1]


def remembered_schema(part: str) -> pa.Schema:
    """Schema of raw vectors in a memory, single precision, of `images` or `texts`."""
    vector = pa.field("vector", pa.list_(pa.float32()), nullable=False)
    return pa.schema([pa.field(KEYS[part], pa.string(), nullable=False), vector])


def raw(part: str, vectors: dict[str, np.ndarray]) -> pa.Table:
    """Table of raw vectors by name, of `images` or `texts`."""
    values = pa.array([v.tolist() for v in vectors.values()], pa.list_(pa.float32()))
    return pa.table([pa.array(vectors, pa.string()), values], schema=remembered_schema(part))


def matrix(table: pa.Table) -> np.ndarray:
    """The vectors of a table, (n, D), float64."""
    if table.num_rows == 0:
        return np.zeros((0, 0))
    column = table.column("vector").combine_chunks()
    return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1).astype(float)


def singles(table: pa.Table) -> np.ndarray:
    """The vectors of a table, (n, D) float32 of length 1, in a quarter of the memory of `matrix`.

    Raises:
        DataError: one has no direction.
    """
    parts = [_flat(chunk) for chunk in table.column("vector").chunks if len(chunk)]
    found = np.empty((table.num_rows, parts[0].shape[1] if parts else 1), np.float32)
    start = 0
    for part in parts:
        found[start : start + len(part)] = part
        start += len(part)
    lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
    if not np.all(lengths > 0):
        row = int(np.argmin(lengths > 0))
        raise DataError(f"the vector of {table.column(0)[row].as_py()!r} is zero or no number")
    found /= lengths[:, None]
    return found


def distinct(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (M, D) that are all different, and (n,) which of them each of these (n, D) is.

    They lie in the memory of these, which are lost.
    """
    seen: dict[bytes, int] = {}
    which = np.empty(len(vectors), np.int64)
    for row, vector in enumerate(vectors):
        digest = hashlib.blake2b(vector, digest_size=16).digest()
        which[row] = place = seen.setdefault(digest, len(seen))
        if place < row:
            vectors[place] = vector
    return vectors[: len(seen)], which


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, D) of length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write(found: Embeddings, folder: Path) -> None:
    """Write both tables; equal vectors give equal bytes."""
    for part, table in zip(KEYS, found, strict=True):
        vectors = Vectors(table.column("vector"))
        count, width = vectors.shape
        half = np.empty((count, width), np.float16)
        for start in range(0, count, _BLOCK):
            half[start : start + _BLOCK] = vectors[start : start + _BLOCK]
        column = pa.FixedSizeListArray.from_arrays(pa.array(half.ravel()), max(width, 1))
        keyed = pa.table({KEYS[part]: table.column(KEYS[part]), "vector": column})
        told = {DIMENSION: str(width)}
        tables.write(keyed, folder / f"{part}.parquet", KEYS[part], metadata=told)


def read(folder: Path) -> Embeddings:
    """The tables in a scorer's folder.

    Raises:
        DataError: there are none; the scorer has no embeddings or was not run.
    """
    return Embeddings(*[_read(folder, part) for part in KEYS])


def read_images(folder: Path) -> pa.Table:
    """The images' table alone, for the half of the memory.

    Raises:
        DataError: as `read`.
    """
    return _read(folder, "images")


def _read(folder: Path, part: str) -> pa.Table:
    """A table, read in groups of rows: parquet takes twice a list's own memory to unpack it."""
    path = folder / f"{part}.parquet"
    names = tables.read(path, [KEYS[part]])  # says what is wrong with a file
    with tables.opened(path) as file:
        groups = [file.read_row_group(n, ["vector"]) for n in range(file.num_row_groups)]
        vectors = pa.concat_tables(groups) if groups else file.schema_arrow.empty_table()
    return names.append_column("vector", vectors.column("vector"))


def _flat(chunk: pa.Array) -> np.ndarray:
    """The vectors of a column's chunk, (n, D), where they lie."""
    flat = chunk.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.reshape(len(chunk), -1))
