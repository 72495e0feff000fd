"""Embeddings in; each picture's k-means cluster, its place in it and how like others it is, out.

Clusters are of spherical k-means, so `distance` is 1 - cosine to the centre. A picture near to it
is a prototype, easy and common: SSL prototypes pruning (Sorscher et al., "Beyond neural scaling
laws", 2022) and the second half of D4 (Tirumala et al., 2023) drop those. Of more than 512
clusters it is in the nearest of those in reach, nearly always that of all (`curate.centres`).

SemDeDup (Abbas et al., 2023) goes through each cluster from the picture that is farthest from the
centre to the nearest, and drops one whose cosine with any before it, kept or not, is above
1 - epsilon: `repeated` is the greatest of those, so the rule is `at_most: 1 - epsilon`.

Nothing of it can be remembered: centres are means of a sample of all pictures, and of 1% new ones
1% are of any fair sample, so every centre may move, and with it what is nearest and what is before
it. 1% new pictures cost what all cost, some 0.1 ms of one core for each.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import embeddings, neighbours
from curate.centres import Nearest, clusters
from curate.embeddings import Embeddings
from curate.stage.params import parameters

KEY = "image"
FROM_EMBEDDINGS = True
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("cluster", pa.string()),  # its name, no quantity: "0", "1", ...; null: no picture
        pa.field("distance", pa.float32()),  # 1 - cosine to the cluster's centre
        pa.field("repeated", pa.float32()),  # greatest cosine with one before it; null: none is
    ]
)
DECIMALS = 5
_BLOCK = 2048  # pictures whose cosines are in memory at once
_SLACK = 1e-11  # more than the order of a sum moves a cosine in double precision
_ONE = 1 - 0.49 * 10**-DECIMALS  # a cosine that rounds to 1


@parameters
class Params:
    """How fine the clusters are."""

    per_cluster: int = 1000  # pictures of a cluster, on average; SemDeDup: 440M / 50,000
    rounds: int = 50  # iterations of k-means; SemDeDup: 100
    sample: int = 256  # pictures for each cluster that k-means looks at
    seed: int = 0


def score(rows: pa.Table, params: Params, found: Embeddings) -> pa.Table:
    """Cluster, distance and greatest earlier cosine of each image."""
    vectors = embeddings.singles(found.images)
    cluster, distance, repeated = placed(vectors, params)
    place = pc.index_in(
        rows.column("image"), value_set=found.images.column("image").combine_chunks()
    )
    columns = [
        pa.array([str(number) for number in cluster], pa.string()),
        pa.array(distance, pa.float32()),
        pa.array(repeated, pa.float32(), from_pandas=True),
    ]
    return pa.table([rows.column("image"), *(c.take(place) for c in columns)], schema=SCHEMA)


def placed(vectors: np.ndarray, params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cluster, distance and greatest earlier cosine (NaN: none) of N unit vectors (N, D) float32.

    Of pictures that are equally far from the centre the first by row counts as farther.
    """
    if not len(vectors):
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    count = -(-len(vectors) // params.per_cluster)
    centres = clusters(vectors, count, params.rounds, params.sample, params.seed)
    cluster = Nearest(centres).first(vectors)
    near = neighbours.cosines(vectors, np.arange(len(vectors)), cluster, centres)
    distance = np.maximum(1 - near, 0).round(DECIMALS)
    repeated = np.full(len(vectors), np.nan)
    order = np.lexsort((np.arange(len(vectors)), -distance, cluster))
    for members in np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1):
        repeated[members] = _before(vectors[members])
    return cluster, distance, repeated


def _before(vectors: np.ndarray) -> np.ndarray:
    """Greatest cosine of each of (n, D) with one before it, as it is kept; NaN of the first.

    A vector that one before it equals is held against no other, nor is one whose cosine with
    another rounds to 1: a crowd that is nearly the same costs little more than its size.
    """
    some, which = embeddings.distinct(vectors)
    _, rows = np.unique(which, return_index=True)
    found = np.ones(len(which))
    found[rows] = _greatest(some)
    return found


def _greatest(vectors: np.ndarray) -> np.ndarray:
    """As `_before`, of vectors that are all different.

    Sums of a matrix product hang on the processor, if by less than `_SLACK`: where that may change
    how a cosine is rounded, cosines are computed one by one.
    """
    found = np.full(len(vectors), -np.inf)
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        most = found[start : start + _BLOCK]
        left = np.arange(len(block))
        for first in range(start, -1, -_BLOCK):
            cosines = block[left] @ vectors[first : first + _BLOCK].astype(np.float64).T
            if first == start:
                cosines[np.triu_indices(len(block))] = -np.inf
            most[left] = np.maximum(most[left], cosines.max(axis=1))
            left = left[most[left] < _ONE]
            if not len(left):
                break
    found[:1] = np.nan
    unsure = (found - _SLACK).round(DECIMALS) != (found + _SLACK).round(DECIMALS)
    for row in np.flatnonzero(unsure & ~np.isnan(found)):
        before = np.arange(row)
        found[row] = neighbours.cosines(vectors, np.full(row, row), before).max()
    return found.round(DECIMALS)
