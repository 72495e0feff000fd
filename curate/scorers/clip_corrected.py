"""Embeddings in; each pair's CLIP score less what it owes to the pairs beside it (negCLIPLoss) out.

A caption that fits many pictures, or a picture that many captions fit, has a high cosine without
being a good pair. Wang et al., "CLIPLoss and Norm-Based Data Selection Methods for Multimodal
Contrastive Learning" (2024) take from the cosine the terms that normalise it in CLIP's own loss,
over random batches B that hold the pair, on average over several draws:

    cos(x_i, y_i) - t/2 (log sum_j exp(cos(x_i, y_j) / t) + log sum_j exp(cos(x_j, y_i) / t))

The authors' runs on DataComp (github.com/ypwang61/negCLIPLoss_NormSim) have t = 0.01, batches of
32,768 and 10 draws; the smaller ones here by default are for pools of some ten thousand pairs.

Nothing of it can be remembered: one pair more is drawn into a batch with others, so it changes the
batches, and the score of every pair that it competes with. Were batches fixed by a hash of the
pair, 1% more would still bring ten new ones into each batch of 1024. A pair costs 0.6 ms of a
processor by default (vectors of 512 numbers): it is the CLIP before it whose results are worth
remembering.
"""

import numpy as np
import pyarrow as pa
from scipy.special import logsumexp

from curate.embeddings import Embeddings, Vectors
from curate.stage.params import parameters

KEY = "uid"
FROM_EMBEDDINGS = True
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("corrected", pa.float32()),  # at most 0; null: no picture
    ]
)
DECIMALS = 4
_BLOCK = 2048  # pictures whose cosines with a batch's captions are in memory at once


@parameters
class Params:
    """How large the batches are that a pair is held against."""

    temperature: float = 0.01  # of the loss; CLIP's own ends at 0.01
    batch: int = 1024  # pairs
    draws: int = 5  # random partitions into batches, averaged
    seed: int = 0


def score(rows: pa.Table, params: Params, found: Embeddings) -> pa.Table:
    """Corrected score of each pair; where they lie does not change the draws."""
    rows = rows.sort_by("uid")
    there, pictures, captions = found.beside(rows)
    values = np.full(len(there), np.nan)
    values[there] = corrected(pictures, captions, params).round(DECIMALS)
    column = pa.array(values, pa.float32(), from_pandas=True)
    return pa.table([rows.column("uid"), column], schema=SCHEMA)


def corrected(
    pictures: np.ndarray | Vectors, captions: np.ndarray | Vectors, params: Params
) -> np.ndarray:
    """Mean over draws of the corrected score (n,) of pairs of unit vectors, (n, D) each."""
    total = np.zeros(len(pictures))
    random = np.random.default_rng(params.seed)
    for _ in range(params.draws):
        order = random.permutation(len(pictures))
        for part in np.array_split(order, -(-len(order) // params.batch)) if len(order) else []:
            total[part] += _less_rivals(pictures[part], captions[part], params.temperature)
    return total / params.draws


def _less_rivals(pictures: np.ndarray, captions: np.ndarray, temperature: float) -> np.ndarray:
    """Corrected scores (n,) of the pairs of one batch."""
    count = len(pictures)
    own, rows, columns = np.empty(count), np.empty(count), np.full(count, -np.inf)
    for start in range(0, count, _BLOCK):
        block = slice(start, start + _BLOCK)
        cosines = pictures[block] @ captions.T
        scaled = cosines / temperature
        own[block], rows[block] = cosines.diagonal(start), logsumexp(scaled, axis=1)
        columns = np.logaddexp(columns, logsumexp(scaled, axis=0))
    return own - temperature / 2 * (rows + columns)
