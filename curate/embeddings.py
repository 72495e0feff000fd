"""Vectors of pictures and captions in; two tables of them, by image and by caption, out and back.

`images.parquet` and `texts.parquet` lie in the folder of the scorer that made them; its metadata
says how many numbers a vector has. They are of length 1 and kept to half precision, which moves
a cosine by less than 0.001.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError

DIMENSION = "dimension"  # metadata: numbers in a vector
KEYS = {"images": "image", "texts": "caption"}  # table -> what its vectors are of


class Embeddings(NamedTuple):
    """Raw or unit vectors with their names, sorted by them."""

    images: pa.Table  # image, vector
    texts: pa.Table  # caption, vector

    def beside(self, pairs: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of pairs (n rows): which have both vectors (n), and their unit vectors, (m, D) each."""
        places = [
            pc.index_in(pairs.column(key), value_set=table.column(key).combine_chunks())
            for key, table in zip(KEYS.values(), self, strict=True)
        ]
        there = pc.and_(*[pc.is_valid(place) for place in places])
        chosen = [place.filter(there).to_numpy() for place in places]
        found = [unit(matrix(t))[at] for t, at in zip(self, chosen, strict=True)]
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
    if table.num_rows == 0:
        return np.zeros((0, 1), np.float32)
    column = table.column("vector").combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    found = flat.reshape(len(column), -1)
    lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
    if not np.all(lengths > 0):
        row = int(np.argmin(lengths > 0))
        raise DataError(f"the vector of {table.column(0)[row].as_py()!r} is zero or no number")
    found /= lengths[:, None]
    return found


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, D) of length 1."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write(found: Embeddings, folder: Path) -> None:
    """Write both tables; equal vectors give equal bytes."""
    for part, table in zip(KEYS, found, strict=True):
        vectors = unit(matrix(table)).astype(np.float16)
        width = vectors.shape[1]
        column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), max(width, 1))
        keyed = pa.table({KEYS[part]: table.column(KEYS[part]), "vector": column})
        told = {DIMENSION: str(width)}
        tables.write(keyed, folder / f"{part}.parquet", KEYS[part], metadata=told)


def read(folder: Path) -> Embeddings:
    """The tables in a scorer's folder.

    Raises:
        DataError: there are none; the scorer has no embeddings or was not run.
    """
    return Embeddings(*[tables.read(folder / f"{part}.parquet") for part in KEYS])
