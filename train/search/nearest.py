"""Unit vectors in; the nearest of them to any other, out: by faiss, all or along a graph.

Few vectors are compared one by one. Of many, a graph of near neighbours is walked (HNSW, Malkov &
Yashunin, 2018), which sees some thousand of a hundred thousand and misses a few: `recall` says how
many. The graph is built by one thread, so that the same vectors give the same graph.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import faiss
import numpy as np
from pydantic import Field

from curate.dataset.errors import DataError
from curate.stage.one_thread import one_thread
from curate.stage.params import parameters

_FEW = 20_000  # vectors that `auto` compares one by one
Links = Annotated[int, Field(ge=2)]
Width = Annotated[int, Field(ge=1)]


@parameters
class NearestParams:
    """How the nearest vectors are found."""

    kind: Literal["auto", "flat", "hnsw"] = "auto"  # flat: all are compared; auto: where few
    links: Links = 32  # of a vector in the graph
    build: Width = 200  # vectors that are in question at once when one joins the graph
    search: Width = 128  # and when the nearest are looked for: more take longer and miss less


class Nearest:
    """An index of unit vectors, by their rows.

    Args:
        index: of faiss.
    """

    def __init__(self, index: Any) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def kind(self) -> str:
        """`flat` or `hnsw`."""
        return "hnsw" if hasattr(self._index, "hnsw") else "flat"

    def __call__(self, vectors: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Cosines and rows of the nearest to each of some unit vectors, `(B, count)` each.

        The nearest comes first. There are fewer columns where there are fewer vectors.
        """
        near, rows = self._index.search(
            np.ascontiguousarray(vectors, np.float32), min(count, len(self))
        )
        return near, rows

    def vector(self, row: int) -> np.ndarray:
        """The unit vector of a row, `(D,)` float32."""
        found: np.ndarray = self._index.reconstruct(int(row))
        return found

    def save(self, file: Path) -> None:
        """Write faiss's file."""
        faiss.write_index(self._index, str(file))


def build(vectors: np.ndarray, params: NearestParams) -> Nearest:
    """The index of some unit vectors, `(N, D)` float32."""
    size = vectors.shape[1]
    index: Any
    if params.kind == "flat" or (params.kind == "auto" and len(vectors) <= _FEW):
        index = faiss.IndexFlatIP(size)
    else:
        index = faiss.IndexHNSWFlat(size, params.links, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = params.build
        index.hnsw.efSearch = params.search
    with one_thread():
        index.add(np.ascontiguousarray(vectors, np.float32))
    return Nearest(index)


def load(file: Path) -> Nearest:
    """The index that `Nearest.save` wrote.

    Raises:
        DataError: there is none, or it is damaged.
    """
    try:
        return Nearest(faiss.read_index(str(file)))
    except RuntimeError as error:
        cause = str(error).rpartition("Error: ")[2]
        raise DataError(
            f"{file} is no index of faiss ({cause}); make it by `dvc repro index`"
        ) from (error)


def recall(index: Nearest, vectors: np.ndarray, queries: np.ndarray, count: int = 10) -> float:
    """Share of the truly nearest to some queries, `(Q, D)`, that an index finds, 0-1."""
    exact = build(vectors, NearestParams(kind="flat"))
    found, truly = index(queries, count)[1], exact(queries, count)[1]
    return float(
        np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, truly, strict=True)])
    )
