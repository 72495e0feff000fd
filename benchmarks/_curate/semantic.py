"""Embeddings on disk in; what it costs to find which are alike, and how many of them are, out.

Vectors of 512 numbers in half precision, as a CLIP's are kept, lie around a centre for every
hundred of them, centres around fewer of their own, as pictures of one thing and of one kind do; a
tenth lie beside another one. Each search is a process of its own, so that its peak is that of
reading them, `links.semantic`, `prototype` and `Embeddings.beside` of as many pairs. Recall is of
the pairs of 1,000 vectors, held against exact search: `pairs`, how many of them are in one cluster;
`nearest`, of how many vectors the greatest cosine is that of exact search.

    semantic_growth     CPU time for each of a million vectors over that of 10,000
    prototype_growth    the same of clusters, places in them and SemDeDup's cosines
    semantic_gib_1m     GiB at the peak of a million
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _cost
from benchmarks._curate import Measured
from benchmarks._peer import ROOT
from curate import embeddings
from curate.dataset import tables

COSINE = 0.95
WIDTH = 512
_COUNTS = (10_000, 100_000, 1_000_000)
_ASKED = 1000  # vectors that are searched for exactly
_BLOCK = 1 << 14
_SEARCH = """
import json, sys, time
from pathlib import Path
import numpy as np, pyarrow as pa
from curate import embeddings, forest, links
from curate.scorers import prototype
folder = Path(sys.argv[1])
start = time.process_time()
vectors, at = embeddings.distinct(embeddings.singles(embeddings.read_images(folder)))
found = links.semantic(vectors, at, {cosine})
seconds = time.process_time() - start
joined = forest.components(len(at), found.left, found.right)
nearest = np.full(len(at), -1.0)
for rows in found.left, found.right:
    np.maximum.at(nearest, rows, found.apart)
np.savez(folder / "found.npz", joined=joined, nearest=nearest)
start = time.process_time()
prototype.placed(vectors, prototype.Params())
placed = time.process_time() - start
del vectors
start = time.process_time()
both = embeddings.read(folder)
names = both.images.column("image")
there, pictures, captions = both.beside(pa.table({{"image": names, "caption": names}}))
for first in range(0, len(pictures), 4096):
    some = slice(first, first + 4096)
    np.einsum("ij,ij->i", pictures[some], captions[some])
print(json.dumps([seconds, time.process_time() - start, placed, len(found.left)]))
"""


def measure(repeats: int) -> Measured:
    """Search each count of vectors as often as asked, the most of them once."""
    rows, peaks = [], []
    each: dict[int, list[float]] = {}
    clusters: dict[int, list[float]] = {}
    for count in _COUNTS:
        each[count], clusters[count] = [], []
        for seed in range(repeats if count < _COUNTS[-1] else 1):
            folder = ROOT / "semantic"
            asked, known = _written(folder, count, seed)
            command = [sys.executable, "-c", _SEARCH.format(cosine=COSINE), str(folder)]
            cost = _cost.measured(command, {"PYTHONPATH": str(Path.cwd())})
            seconds, beside, placed, links = json.loads(cost.said.splitlines()[-1])
            each[count].append(1e6 * seconds / count)
            clusters[count].append(1e6 * placed / count)
            pairs, nearest = _recall(folder, asked, known)
            peaks.append(cost.memory / 1024)
            rows.append(
                [
                    *(count, links, each[count][-1], 1e6 * beside / count, clusters[count][-1]),
                    *(f"{pairs:.4f}", f"{nearest:.4f}", f"{peaks[-1]:.2f}"),
                ]
            )
            shutil.rmtree(folder)
    ratios = {
        name: _cost.ratios(cost[_COUNTS[-1]], cost[_COUNTS[0]][:1])
        for name, cost in (("semantic_growth", each), ("prototype_growth", clusters))
    }
    ratios["semantic_gib_1m"] = _cost.ratios(peaks[-1:], [1.0])
    headings = (
        *("vectors", "links", "us a vector", "beside, us", "prototype, us"),
        *("pairs", "nearest", "peak GiB"),
    )
    return Measured(headings, rows, ratios)


def _written(folder: Path, count: int, seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Write vectors as embeddings; rows that are asked for, and their cosines with all (N,)."""
    vectors = _vectors(count, seed)
    asked = np.arange(0, count, max(count // _ASKED, 1))
    chosen = vectors[asked].astype(np.float32)
    chosen /= np.linalg.norm(chosen, axis=1, keepdims=True)
    known = [np.empty((2, 0)) for _ in asked]
    for start in range(0, count, _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        cosines = chosen @ block.T
        for at, row in enumerate(asked):
            near = np.flatnonzero(cosines[at] >= COSINE - 1e-6)
            near = near[near + start != row]
            exact = block[near].astype(np.float64) @ chosen[at]
            near, exact = near[exact >= COSINE], exact[exact >= COSINE]
            known[at] = np.append(known[at], [near + start, exact], axis=1)
    names = pa.array([f"{row:08d}" for row in range(count)])
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), WIDTH)
    for part, key in embeddings.KEYS.items():
        table = pa.table({key: names, "vector": column})
        tables.write(table, folder / f"{part}.parquet", key)
    return asked, known


def _vectors(count: int, seed: int) -> np.ndarray:
    """Vectors (N, D) float16 of about length 1."""
    random = np.random.default_rng(seed)

    def around(centres: np.ndarray, count: int, spread: float) -> np.ndarray:
        noise = random.standard_normal((count, WIDTH), np.float32)
        noise *= spread / np.sqrt(WIDTH)
        noise += centres[random.integers(0, len(centres), count)]
        noise /= np.linalg.norm(noise, axis=1, keepdims=True)
        return noise

    kinds = around(np.zeros((1, WIDTH), np.float32), max(count // 2000, 1), 1.0)
    things = around(kinds, max(count // 100, 1), 0.8)
    found = np.empty((count, WIDTH), np.float16)
    for start in range(0, count, _BLOCK):
        found[start : start + _BLOCK] = around(things, min(_BLOCK, count - start), 0.6)
    planted = count // 10
    for start in range(0, planted, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, planted))
        found[count - planted + rows] = found[rows] + 0.2 / np.sqrt(WIDTH) * random.standard_normal(
            (len(rows), WIDTH), np.float32
        )
    return found


def _recall(folder: Path, asked: np.ndarray, known: list[np.ndarray]) -> tuple[float, float]:
    """Share of the pairs that are in one cluster, and of vectors with their greatest cosine."""
    found = np.load(folder / "found.npz")
    joined, nearest = found["joined"], found["nearest"]
    together, right = [], []
    for row, (others, exact) in zip(asked, known, strict=True):
        together += (joined[others.astype(np.int64)] == joined[row]).tolist()
        right.append(abs(max(exact, default=-1.0) - nearest[row]) < 1e-6)
    return float(np.mean(together)) if together else 1.0, float(np.mean(right))
