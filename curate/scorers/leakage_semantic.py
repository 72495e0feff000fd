"""Embeddings of a pool and of evaluation sets in; which pictures show what a set shows, out.

The nearest picture of any registered set, by the cosine of their vectors of one CLIP (as SemDeDup,
Abbas et al., 2023, finds repeats, and DataComp, Gadre et al., 2023, keeps its pool apart from its
evaluation sets): this finds crops at any place, overlays and other pictures of the very same
thing, which hashes miss. The search is exact, in blocks, by faiss. A set brings its vectors as a
table with a column `vector` and one that names each (`item` or `image`), or as the folder that the
scorer `clip` wrote; of a folder of pictures alone they are computed, by the CLIP that `clip` names.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from curate import embeddings, evaluation, neighbours
from curate.dataset import pixels
from curate.dataset.errors import DataError, ImageError
from curate.embeddings import Embeddings
from curate.scorers import clip
from curate.stage.params import parameters

KEY = "image"
FROM_EMBEDDINGS = True
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("semantic", pa.bool_()),  # within `cosine` of one of a set; null: no picture
        pa.field("cosine", pa.float32()),  # with the nearest, 4 decimals
        *evaluation.HIT,
    ]
)
DECIMALS = 4
_WHERE = "score_embedded.leakage_semantic.sets"
_BLOCK = 1 << 16  # pictures at once
_Clip = clip.Params  # a field of the name hides the module


@parameters
class Params:
    """Which evaluation sets, and how near a picture may come to theirs."""

    sets: evaluation.Sets  # the register
    cosine: float = 0.95  # from which on two pictures show the same; by CLIP, so set it by eye
    clip: _Clip | None = None  # of sets that are folders of pictures without vectors


def score(rows: pa.Table, params: Params, found: Embeddings) -> pa.Table:
    """The nearest evaluation picture of each image.

    Raises:
        DataError: a set has no vectors, or such as another model gives.
    """
    owners, theirs = _known(params)
    pictures = embeddings.singles(found.images)
    if len(pictures) and pictures.shape[1] != theirs.shape[1]:
        raise DataError(
            f"the pool's vectors have {pictures.shape[1]} numbers, those of the evaluation sets "
            f"{theirs.shape[1]}; embed both by the same model"
        )
    names = found.images.column("image").to_pylist()
    near: dict[str, tuple[int, float]] = {}
    for start in range(0, len(names), _BLOCK):
        block = pictures[start : start + _BLOCK]
        place = neighbours.nearest(block, theirs)[:, 0]
        both = np.concatenate([block, theirs[place]])
        cosines = neighbours.cosines(both, np.arange(len(block)), np.arange(len(block), len(both)))
        values = zip(place.tolist(), cosines.round(DECIMALS).tolist(), strict=True)
        near.update(zip(names[start : start + _BLOCK], values, strict=True))
    images = rows.column("image").to_pylist()
    hits: list[evaluation.Hit | None] = []
    for image in images:
        which, cosine = near.get(image, (0, -1.0))
        same = image in near and cosine >= params.cosine
        hits.append((*owners[which], "semantic", round(1 - cosine, DECIMALS)) if same else None)
    own = {
        "image": images,
        "semantic": [
            None if image not in near else hit is not None
            for image, hit in zip(images, hits, strict=True)
        ],
        "cosine": [near[image][1] if image in near else None for image in images],
    }
    return pa.table(evaluation.hits(own, hits), schema=SCHEMA)


def told(params: Params) -> dict[str, str]:
    """Metadata of the table: the sets that were looked for."""
    return evaluation.told(params.sets, _places(params))


def _places(params: Params) -> tuple[tuple[str, str], ...]:
    """Where each set's vectors lie, or the pictures that they are computed from.

    Raises:
        DataError: no set has either.
    """
    sets: evaluation.Sets = {}
    for name, given in params.sets.items():
        one = evaluation.full(given)
        there = one.embeddings
        if there is None and params.clip is not None and one.path and Path(one.path).is_dir():
            there = one.path
        sets[name] = evaluation.EvaluationSet(embeddings=there)
    return evaluation.registered(sets, "embeddings", _WHERE)


def _known(params: Params) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Set and item, and unit vector (M, D), of all that the sets hold.

    Raises:
        DataError: one is empty or cannot be read, or two are of different models.
    """
    owners: list[tuple[str, str]] = []
    parts: list[np.ndarray] = []
    for name, place in _places(params):
        where = f"evaluation set {name}, {place}"
        names, vectors = _vectors(Path(place), where, params)
        if not names:
            raise DataError(f"{where} is empty: it holds no picture and no vector")
        if parts and parts[0].shape[1] != vectors.shape[1]:
            raise DataError(
                f"{where}: vectors of {vectors.shape[1]} numbers, where another set has "
                f"{parts[0].shape[1]}; embed all by the same model"
            )
        owners += [(name, item) for item in names]
        parts.append(vectors)
    return owners, np.concatenate(parts)


def _vectors(place: Path, where: str, params: Params) -> tuple[list[str], np.ndarray]:
    """Items and unit vectors of a set."""
    if place.is_dir() and not (place / "images.parquet").is_file():
        if params.clip is None:
            raise DataError(f"{where} has no images.parquet; name the folder of the scorer clip")
        found = clip.encoders(params.clip)[0](_pictures(place, where))
        return list(found), np.array(list(found.values()), np.float32)
    file = place / "images.parquet" if place.is_dir() else place
    table = evaluation.table(file, where, ("vector",))
    lengths = pc.unique(pc.list_value_length(table.column("vector"))).to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise DataError(f"{where}: vectors of {lengths} numbers (null: none), not all as long")
    named = pa.table({"item": evaluation.items(table), "vector": table.column("vector")})
    return named.column("item").to_pylist(), embeddings.singles(named)


def _pictures(folder: Path, where: str) -> Iterator[tuple[str, Image.Image]]:
    for name, data in evaluation.pictures(folder):
        try:
            yield name, pixels.decode(data)
        except ImageError as error:
            raise DataError(f"{where}: {name}: {error}") from error
