"""Embeddings of a pool and of evaluation sets in; which pictures show what a set shows, out.

The nearest picture of any registered set, by the cosine of their vectors of one CLIP (as SemDeDup,
Abbas et al., 2023, finds repeats, and DataComp, Gadre et al., 2023, keeps its pool apart from its
evaluation sets): this finds crops at any place, overlays and other pictures of the very same
thing, which hashes miss. The search is exact, by faiss. A set brings its vectors as a
table with a column `vector` and one that names each (`item` or `image`), or as the folder that the
scorer `clip` wrote; of a folder of pictures alone they are computed, by the CLIP that `clip` names.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from curate import embeddings, evaluation, neighbours
from curate.centres import Nearest
from curate.dataset import pixels
from curate.dataset.errors import DataError, ImageError
from curate.dataset.memory import fingerprint as fingerprint_of
from curate.dataset.read_once import read_once
from curate.scorers import clip
from curate.stage.params import parameters

KEY = "image"
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
_BATCH = 512  # pictures at once; always as many, so that none depends on those beside it
_RIVALS = 8  # nearest in single precision, of which the nearest in double precision is chosen
_Clip = clip.Params  # a field of the name hides the module


@parameters
class Params:
    """Which evaluation sets, and how near a picture may come to theirs."""

    sets: evaluation.Sets  # the register
    cosine: float = 0.95  # from which on two pictures show the same; by CLIP, so set it by eye
    clip: _Clip | None = None  # of sets that are folders of pictures without vectors


def fingerprint(params: Params) -> str:
    """Hash of the evaluation sets' vectors, or of their pictures and the CLIP that embeds them.

    Raises:
        DataError: no set has either.
        ParamsError, WeightsError: as of `clip`.
    """
    read = [(name, evaluation.content(place)) for name, place in _places(params)]
    return fingerprint_of(read, "" if params.clip is None else clip.fingerprint(params.clip))


def judged(vectors: np.ndarray, params: Params) -> dict[str, pa.Array]:
    """The nearest evaluation picture of each of (n, D) unit vectors.

    Raises:
        DataError: a set has no vectors, or such as another model gives.
    """
    owners, theirs = _known(_places(params), params.clip)
    if vectors.shape[1] != theirs.shape[1]:
        raise DataError(
            f"the pool's vectors have {vectors.shape[1]} numbers, those of the evaluation sets "
            f"{theirs.shape[1]}; embed both by the same model"
        )
    places, cosines = _nearest(np.asarray(vectors, np.float32), theirs)
    same = cosines >= params.cosine
    hits: list[evaluation.Hit | None] = [
        (*owners[place], "semantic", round(1 - cosine, DECIMALS)) if near else None
        for place, cosine, near in zip(places.tolist(), cosines.tolist(), same, strict=True)
    ]
    own: dict[str, list[Any]] = {"semantic": same.tolist(), "cosine": cosines.tolist()}
    columns = evaluation.hits(own, hits)
    return {name: pa.array(values, SCHEMA.field(name).type) for name, values in columns.items()}


def _nearest(pictures: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place (n,) of each picture's nearest, the first of equally near ones, and their cosine."""
    places, found = np.zeros(len(pictures), np.int64), np.zeros(len(pictures))
    count, known = min(_RIVALS, len(theirs)), Nearest(theirs, whole=True)
    for start in range(0, len(pictures), _BATCH):
        rows = np.minimum(np.arange(start, start + _BATCH), len(pictures) - 1)
        rivals = np.sort(known.ranked(pictures[rows], count)[1], axis=1)
        near = neighbours.cosines(pictures, np.repeat(rows, count), rivals.ravel(), theirs)
        near = near.round(DECIMALS).reshape(rivals.shape)
        best = near.argmax(axis=1)[:, None]
        some = slice(start, min(start + _BATCH, len(pictures)))
        places[some] = np.take_along_axis(rivals, best, 1)[: some.stop - start, 0]
        found[some] = np.take_along_axis(near, best, 1)[: some.stop - start, 0]
    return places, found


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


@read_once(lambda places, model: evaluation.files(places), keep=1)  # noqa: ARG005
def _known(
    places: tuple[tuple[str, str], ...], model: _Clip | None
) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Set and item, and unit vector (M, D), of all that the sets hold.

    Raises:
        DataError: one is empty or cannot be read, or two are of different models.
    """
    owners: list[tuple[str, str]] = []
    parts: list[np.ndarray] = []
    for name, place in places:
        where = f"evaluation set {name}, {place}"
        names, vectors = _vectors(Path(place), where, model)
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


def _vectors(place: Path, where: str, model: _Clip | None) -> tuple[list[str], np.ndarray]:
    """Items and unit vectors of a set."""
    if place.is_dir() and not (place / "images.parquet").is_file():
        if model is None:
            raise DataError(f"{where} has no images.parquet; name the folder of the scorer clip")
        found = clip.encoders(model)[0](_pictures(place, where))
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
