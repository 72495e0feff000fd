"""Embeddings of a pool and of a target set in; how near each picture comes to the target's, out.

NormSim of Wang et al., "CLIPLoss and Norm-Based Data Selection Methods for Multimodal Contrastive
Learning" (2024): the p-norm of the cosines of a picture with all pictures of the target, such as
the training part of an evaluation; p = 2 favours what is like many of them, p = inf, the
greatest cosine, what is like one.
"""

from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from curate import embeddings
from curate.embeddings import Embeddings
from curate.stage.params import parameters

KEY = "image"
FROM_EMBEDDINGS = True
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("norm_sim", pa.float32()),  # null: no picture
    ]
)
DECIMALS = 4
_BLOCK = 2048  # pictures whose cosines are in memory at once


@parameters
class Params:
    """What the pictures are held against."""

    target: Path  # folder of embeddings by the same model
    p: Literal["inf", "2"] = "inf"  # norm


def score(rows: pa.Table, params: Params, found: Embeddings) -> pa.Table:
    """NormSim of each image.

    Raises:
        DataError: there are no embeddings of the target.
    """
    target = embeddings.unit(embeddings.matrix(embeddings.read(params.target).images))
    near = norm_sim(embeddings.unit(embeddings.matrix(found.images)), target, float(params.p))
    values = dict(zip(found.images.column("image").to_pylist(), near.tolist(), strict=True))
    names = rows.column("image")
    column = pa.array([values.get(name) for name in names.to_pylist()], pa.float32())
    return pa.table([names, column], schema=SCHEMA)


def norm_sim(pictures: np.ndarray, target: np.ndarray, p: float) -> np.ndarray:
    """The p-norm, or for inf the greatest, of each picture's cosines with the target (n,).

    Args:
        pictures: unit vectors (n, D).
        target: unit vectors (m, D).
        p: of the norm.
    """
    found = np.zeros(len(pictures))
    for start in range(0, len(pictures), _BLOCK):
        cosines = pictures[start : start + _BLOCK] @ target.T
        near = cosines.max(axis=1) if p == np.inf else np.linalg.norm(cosines, p, axis=1)
        found[start : start + _BLOCK] = near
    return found.round(DECIMALS)
