"""Vectors of pictures and of a target set in; how near each picture comes to the target's, out.

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
from curate.dataset import memory, tables
from curate.dataset.read_once import read_once
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("norm_sim", pa.float32()),  # null: no picture
    ]
)
DECIMALS = 4
_BATCH = 128  # pictures whose cosines are computed at once; always as many, see `norm_sim`


@parameters
class Params:
    """What the pictures are held against."""

    target: Path  # folder of embeddings by the same model
    p: Literal["inf", "2"] = "inf"  # norm


def fingerprint(params: Params) -> str:
    """Hash of the target's pictures.

    Raises:
        DataError: there are none.
    """
    tables.count(_file(params))
    return memory.fingerprint(_file(params))


def judged(vectors: np.ndarray, params: Params) -> dict[str, pa.Array]:
    """NormSim of each of (n, D) unit vectors."""
    found = norm_sim(vectors, _target(_file(params)), float(params.p))
    return {"norm_sim": pa.array(found, pa.float32())}


def _file(params: Params) -> Path:
    return params.target / "images.parquet"


@read_once(lambda file: [file], keep=1)
def _target(file: Path) -> np.ndarray:
    """Unit vectors (m, D) of the target's pictures."""
    return embeddings.unit(embeddings.matrix(tables.read(file)))


def norm_sim(pictures: np.ndarray, target: np.ndarray, p: float) -> np.ndarray:
    """The p-norm, or for inf the greatest, of each picture's cosines with the target (n,).

    What is found of a picture is the same whatever is beside it: batches always have the same
    shape (the last one is filled up), and rounding noise is cut off at four decimals.

    Args:
        pictures: unit vectors (n, D).
        target: unit vectors (m, D).
        p: of the norm.
    """
    found = np.zeros(len(pictures))
    for start in range(0, len(pictures), _BATCH):
        at = np.minimum(np.arange(start, start + _BATCH), len(pictures) - 1)
        cosines = pictures[at] @ target.T
        near = cosines.max(axis=1) if p == np.inf else np.linalg.norm(cosines, p, axis=1)
        found[start : start + _BATCH] = near[: len(pictures) - start]
    return found.round(DECIMALS)
