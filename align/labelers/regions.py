"""Kept images in; regions with boxes, vectors and soft labels, and vectors of whole images, out.

A maker (`align.regions.makers`) says where things may be, without weights unless you bring a
detector; the weaker of overlapping boxes go, and so does what is beyond a cap. An image tower of
open_clip sees each box. Its classes are nouns of the pool's scene graphs
(`align.regions.vocabulary`), or else the nearest of a k-means codebook of features, fitted on the
regions of the pool's images whose names hash below `codebook.sample`: an image outside that share
changes no other image's labels, one inside it may. Regions of made pictures get their classes from
those of the pool. Vectors are in files of their own, half precision, so that nothing has to be
hosted: they are built from pixels here.
"""

from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from align.labelers import Context
from align.regions import classes, codebook, vocabulary
from align.regions.look import WHERE, Sight, look, tower_weights, values_of
from align.regions.vocabulary import Vocabulary
from curate.dataset import record
from curate.dataset.errors import ParamsError
from curate.dataset.sets import distinct_images
from curate.dataset.tables import Table
from curate.stage.params import parameters

_VECTOR = pa.list_(pa.float16())
REGIONS = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("region", pa.int32(), nullable=False),  # from 0, the likeliest thing first
        pa.field("x1", pa.float32(), nullable=False),  # box, relative to the image, 0-1
        pa.field("y1", pa.float32(), nullable=False),
        pa.field("x2", pa.float32(), nullable=False),
        pa.field("y2", pa.float32(), nullable=False),
        pa.field("score", pa.float32(), nullable=False),  # of the maker, 0-1
        pa.field("label", pa.int32(), nullable=False),  # the likeliest class
        pa.field("confidence", pa.float32(), nullable=False),  # probability; codebook: cosine
        pa.field("soft_labels", pa.list_(pa.int32()), nullable=False),  # the likeliest first
        pa.field("probabilities", _VECTOR, nullable=False),  # theirs; codebook: of one, 1
        pa.field("detected", pa.int32()),  # class by the detector; null: it knows none
    ]
)
FEATURES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("region", pa.int32(), nullable=False),
        pa.field("feature", _VECTOR, nullable=False),  # before the tower's projection
        pa.field("embedding", _VECTOR, nullable=False),  # in the joint space, unit length
    ]
)
IMAGES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("feature", _VECTOR, nullable=False),  # as a region's, of the whole image
        pa.field("embedding", _VECTOR, nullable=False),  # in the joint space, unit length
    ]
)
TABLES = {
    "regions": Table(REGIONS, ("image", "region")),
    "features": Table(FEATURES, ("image", "region")),
    "images": Table(IMAGES, ("image",)),
    "classes": Table(classes.CLASSES, ("label",)),
}
SHARDS = {"features": 16}


@parameters
class Params(Sight):
    """Who finds regions, whose features they have, and which classes."""

    maker: dict[str, Any] = Field(default={"kind": "proposals"})  # a file in align/regions/makers
    classes_of: Literal["vocabulary", "codebook"] = "vocabulary"
    vocabulary: classes.Nouns = classes.Nouns()
    codebook: classes.Clusters = classes.Clusters()


class _Regions(NamedTuple):
    """The regions of all images, end to end."""

    images: list[str]  # (N,)
    numbers: np.ndarray  # (N,)
    boxes: np.ndarray  # (N, 4)
    scores: np.ndarray  # (N,)
    detected: pa.Array  # (N,)
    features: np.ndarray  # (N, F)
    embeddings: np.ndarray  # (N, E)


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Regions and whole-image vectors of every image of some pairs.

    Raises:
        DataError: no noun is said of enough pictures; the pool's classes are of another model.
        ParamsError: classes are to be nouns, and `of` names no scene graphs.
        WeightsError: the model or the maker's file is missing or cannot be loaded.
    """
    seen = look(distinct_images(pairs), values_of(params, params.maker))
    readable = seen.filter(seen.column("boxes").is_valid()).combine_chunks()
    unreadable = seen.filter(seen.column("boxes").is_null()).column("image").to_pylist()
    regions = _flat(readable)
    classed = _classed(pairs, regions, context, params)
    return {
        "regions": _table(regions, classed),
        "features": pa.table(
            [regions.images, regions.numbers, _lists(regions.features), _lists(regions.embeddings)],
            schema=FEATURES,
        ),
        "images": readable.select(IMAGES.names),
        "classes": classed.classes,
        "rejected": pa.table(
            {
                "source": ["regions"] * len(unreadable),
                "item": unreadable,
                "reason": ["unreadable image"] * len(unreadable),
                "detail": ["its bytes are no picture"] * len(unreadable),
            },
            schema=record.REJECTED,
        ),
    }


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:  # noqa: ARG001
    """Regions of an image, how sure their classes are, and how many classes are used."""
    regions, images = tables["regions"], tables["images"].num_rows
    used = pc.greater(tables["classes"].column("regions"), 0)
    return {
        "regions_per_image": regions.num_rows / images if images else None,
        "mean_confidence": pc.mean(regions.column("confidence")).as_py(),
        "classes_used": pc.sum(used).as_py() or 0,
    }


def _classed(
    pairs: pa.Table, regions: _Regions, context: Context, params: Params
) -> classes.Classed:
    made_by = tower_weights(params.model, params.weights)
    if params.classes_of == "codebook":
        if context.learnt is not None:
            length = regions.features.shape[1] if len(regions.images) else 0
            book = classes.learnt_codebook(context.learnt, length)
        else:
            own = params.codebook
            cells = regions.features[:, None]
            book = codebook.fit(regions.images, cells, own.sample, own.classes, own.seed)
        return classes.by_codebook(regions.features, book, made_by)
    return classes.by_nouns(regions.embeddings, _nouns(pairs, context, params, made_by), made_by)


def _nouns(pairs: pa.Table, context: Context, params: Params, made_by: str) -> Vocabulary:
    """Those of the pool's scene graphs."""
    if context.learnt is not None:
        return classes.learnt_nouns(context.learnt, made_by)
    if context.of is None:
        raise ParamsError(
            f"{WHERE}.classes_of is vocabulary: set `of` to scene, whose nouns are the classes"
        )
    own = params.vocabulary
    names = vocabulary.nouns(pairs, context.of / "nodes.parquet", own.least, own.most)
    return vocabulary.embed(names, params.model, params.weights, own.prompt)


def _flat(seen: pa.Table) -> _Regions:
    """The regions of some images, out of a table of schema `SEEN`."""
    scores = seen.column("scores").combine_chunks()
    counts = pc.list_value_length(scores).to_numpy(zero_copy_only=False).astype(np.int64)
    total = int(counts.sum())
    first = np.repeat(np.cumsum(counts) - counts, counts)
    names = np.array(seen.column("image").to_pylist(), object)
    known = pc.is_valid(seen.column("detected")).combine_chunks()
    detected = seen.column("detected").combine_chunks().flatten()
    whole = pc.all(known).as_py() and len(detected) == total
    return _Regions(
        images=np.repeat(names, counts).tolist(),
        numbers=(np.arange(total) - first).astype(np.int32),
        boxes=_flattened(seen, "boxes").reshape(total, 4),
        scores=_flattened(seen, "scores"),
        detected=detected if whole else pa.nulls(total, pa.int32()),
        features=_rows(seen, "features", total),
        embeddings=_rows(seen, "embeddings", total),
    )


def _table(regions: _Regions, found: classes.Classed) -> pa.Table:
    return pa.table(
        [
            regions.images,
            regions.numbers,
            *regions.boxes.T,
            regions.scores,
            found.soft[:, 0] if found.soft.shape[1] else np.zeros(0, np.int32),
            found.confidence.astype(np.float32),
            _lists(found.soft, np.int32),
            _lists(found.chances),
            regions.detected,
        ],
        schema=REGIONS,
    )


def _rows(seen: pa.Table, column: str, number: int) -> np.ndarray:
    """Vectors end to end as a matrix `(number, length)`."""
    return _flattened(seen, column).reshape(number, -1) if number else np.zeros((0, 1), np.float16)


def _flattened(seen: pa.Table, column: str) -> np.ndarray:
    values = seen.column(column).combine_chunks().flatten()
    return np.asarray(values.to_numpy(zero_copy_only=False))


def _lists(rows: np.ndarray, kind: type = np.float16) -> pa.Array:
    """A matrix `(n, F)` as a column of n lists."""
    flat = pa.array(np.ascontiguousarray(rows, kind).ravel())
    offsets = pa.array(np.arange(len(rows) + 1) * rows.shape[1], pa.int32())
    return pa.ListArray.from_arrays(offsets, flat)
