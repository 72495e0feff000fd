"""A knowledge graph's edges in; a vector for each concept out, near for what lies near in it.

FastRP (Chen et al., "Fast and Accurate Network Embeddings via Very Sparse Random Projection",
CIKM 2019): each concept starts with a sparse random vector (Achlioptas, 2003), drawn by its own
name, so that it is the same in every graph; neighbours' vectors are averaged again and again, and
the rounds are summed. Linear in the number of edges, and nothing is trained. What is far away
adds nothing to a concept's vector, so one more concept moves only those around it.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from scipy import sparse

WIDTH = 128
_ROUNDS = (0.3, 1.0, 1.0, 0.6)  # weight of a concept itself, and of what is so many steps away
_SPARSITY = 3  # of so many numbers one is not 0, on average


def embed(names: Sequence[str], edges: Sequence[tuple[str, str]], width: int = WIDTH) -> np.ndarray:
    """Vectors (N, width) of unit length, float64; of a concept without edges: its own draw.

    Args:
        names: of the concepts, each once.
        edges: pairs of names that are related, in whatever direction.
        width: numbers of a vector.
    """
    if not names:
        return np.zeros((0, width))
    at = {name: row for row, name in enumerate(names)}
    known = [(at[a], at[b]) for a, b in edges if a in at and b in at and a != b]
    sources = [a for a, _ in known] + [b for _, b in known]
    targets = [b for _, b in known] + [a for a, _ in known]
    size = len(names)
    links = sparse.coo_array(
        (np.ones(len(sources)), (sources, targets)), shape=(size, size)
    ).tocsr()
    links.data[:] = 1.0  # an edge that is told twice is one
    degrees = np.maximum(links.sum(axis=1), 1.0)
    step = sparse.diags_array(1.0 / degrees) @ links
    level = np.stack([_drawn(name, width) for name in names])
    total = _ROUNDS[0] * level
    for weight in _ROUNDS[1:]:
        level = step @ level
        total += weight * _unit(level)
    return _unit(total)


def _drawn(name: str, width: int) -> np.ndarray:
    """A sparse vector of -1, 0 and 1, drawn by a name."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    draws = np.random.default_rng(seed).random(width)
    edge = 1 / (2 * _SPARSITY)
    found = np.where(draws < edge, -1.0, np.where(draws > 1 - edge, 1.0, 0.0))
    if not found.any():
        found[seed % width] = 1.0
    return np.asarray(found / np.linalg.norm(found))


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))
