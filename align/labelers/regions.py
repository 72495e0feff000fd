"""Kept images in; grid cells with box, feature and pseudo-label, and whole-image vectors, out.

The cells of an image tower's last feature map stand in for a detector's regions, as in
grid-feature models (Jiang et al., "In defense of grid features", 2020). A cell's class is the
nearest of a k-means codebook, fitted on the cells of the pool's images whose names hash below
`sample`: an image outside that share changes no other image's labels, one inside it may. The cells
of made pictures get their classes from that codebook, too.
"""

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from align.labelers import Context
from align.labelers._codebook import Codebook, assign, fit
from curate.dataset import memory, pixels, record, tables
from curate.dataset.errors import DataError, WeightsError
from curate.dataset.pictures import decoded
from curate.dataset.sets import distinct_images
from curate.dataset.tables import Table
from curate.stage import remembered
from curate.stage.params import as_dict, parameters

GROUP = 256  # images that a worker takes at once
_LOCAL = "local-dir:"
_TOWER = Path(__file__).with_name("_tower.py")
_VECTOR = pa.list_(pa.float16())
REGIONS = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("region", pa.int32(), nullable=False),  # cells row by row, from 0
        pa.field("x1", pa.float32(), nullable=False),  # box, relative to the image, 0-1
        pa.field("y1", pa.float32(), nullable=False),
        pa.field("x2", pa.float32(), nullable=False),
        pa.field("y2", pa.float32(), nullable=False),
        pa.field("label", pa.int32(), nullable=False),  # class in the codebook
        pa.field("confidence", pa.float32(), nullable=False),  # cosine to the class's centre
        pa.field("feature", _VECTOR, nullable=False),  # before the tower's projection
    ]
)
IMAGES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("feature", _VECTOR, nullable=False),  # as a region's, of the whole image
        pa.field("embedding", _VECTOR, nullable=False),  # in the joint space, unit length
    ]
)
CLASSES = pa.schema(
    [
        pa.field("label", pa.int32(), nullable=False),
        pa.field("regions", pa.int64(), nullable=False),  # how many have it
        pa.field("centre", pa.list_(pa.float32()), nullable=False),  # unit length, mean taken off
        pa.field("mean", pa.list_(pa.float32()), nullable=False),  # the same of every class
    ]
)
_SEEN = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("cells", _VECTOR),  # grid x grid features end to end; null: no picture
        pa.field("feature", _VECTOR),
        pa.field("embedding", _VECTOR),
    ]
)
TABLES = {
    "regions": Table(REGIONS, ("image", "region")),
    "images": Table(IMAGES, ("image",)),
    "classes": Table(CLASSES, ("label",)),
}


@parameters
class Params:
    """Whose features, how many cells and classes."""

    model: str  # as score.clip.model, e.g. local-dir:models/filter_network
    weights: str | None = None  # as score.clip.weights
    size: int | None = None  # pixels on each side; null: the size the tower was trained at
    grid: int = 4  # cells on each side, at most as many as the tower's feature map has
    classes: int = 256  # of the codebook
    sample: float = 0.25  # share of the images that the codebook is fitted on, 0-1
    seed: int = 0  # of k-means


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Cells and whole-image vectors of every image of some pairs.

    Raises:
        DataError: the codebook of the pool has no class, or is of other features.
        WeightsError: the model cannot be loaded.
    """
    seen = _look(distinct_images(pairs), params)
    readable = seen.filter(seen.column("cells").is_valid()).combine_chunks()
    unreadable = seen.filter(seen.column("cells").is_null()).column("image").to_pylist()
    cells = _cells(readable)
    images = readable.column("image").to_pylist()
    if context.learnt is None:
        codebook = fit(images, cells, params.sample, params.classes, params.seed)
    else:
        codebook = _codebook(context.learnt / "classes.parquet", cells)
    classes, confidence = assign(cells, codebook)
    number = len(codebook.centres)
    counts = np.bincount(classes.ravel(), minlength=number)
    means = [codebook.mean] * number
    return {
        "regions": _regions(images, cells, classes, confidence),
        "images": readable.select(IMAGES.names),
        "classes": pa.table([range(number), counts, list(codebook.centres), means], schema=CLASSES),
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


def _codebook(file: Path, cells: np.ndarray) -> Codebook:
    """The codebook of a table of schema `CLASSES`, fit for some cells."""
    rows = tables.read(file, CLASSES.names).sort_by("label")
    centres, means = (np.array(rows.column(c).to_pylist(), np.float32) for c in ("centre", "mean"))
    length = centres.shape[-1] if len(centres) else 0
    if cells.size and length != cells.shape[-1]:
        raise DataError(
            f"{file} has classes of {length} features and the model gives {cells.shape[-1]}; "
            "label the pool again (dvc repro --force label@regions)"
        )
    return Codebook(centres, means[0] if length else np.zeros(0, np.float32))


def _regions(
    images: list[str], cells: np.ndarray, classes: np.ndarray, confidence: np.ndarray
) -> pa.Table:
    number, per_image = cells.shape[:2]
    side = round(per_image**0.5)
    row, column = np.divmod(np.tile(np.arange(per_image), number), max(side, 1))
    corners = [(v / max(side, 1)).astype(np.float32) for v in (column, row, column + 1, row + 1)]
    return pa.table(
        [
            np.repeat(np.array(images, object), per_image),
            np.tile(np.arange(per_image, dtype=np.int32), number),
            *corners,
            classes.ravel().astype(np.int32),
            confidence.ravel().astype(np.float32),
            _lists(cells.reshape(-1, cells.shape[-1])),
        ],
        schema=REGIONS,
    )


def _look(images: pa.Table, params: Params) -> pa.Table:
    """What the tower sees in each image, remembered by image; schema `_SEEN`."""
    code = [memory.fingerprint(f) for f in (Path(str(pixels.__file__)), _TOWER)]
    print_ = memory.fingerprint(code, _weights(params), params.size, params.grid)
    known = memory.Memory("regions", print_, "image", _SEEN)
    seen = remembered.fill(
        known, images, look_at_group, as_dict(params),
        group=GROUP, label="label regions", unit="images",
    )  # fmt: skip
    return seen.sort_by("image")


def look_at_group(images: pa.Table, values: dict[str, Any]) -> pa.Table:
    """Features of some images, in a worker.

    Args:
        images: located images.
        values: the labeler's parameters.

    Returns:
        A table of schema `_SEEN`.
    """
    from align.labelers._tower import Tower

    params = Params(**values)
    tower = _tower(Tower, params.model, params.weights, params.size, params.grid)
    looked = list(decoded(images))
    found = dict(tower.see([(n, p) for n, p in looked if p is not None]))
    rows = [
        {"image": name, **dict(zip(_SEEN.names[1:], found.get(name, (None,) * 3), strict=True))}
        for name, _ in looked
    ]
    return pa.Table.from_pylist(rows, _SEEN)


@functools.cache
def _tower(kind: Any, *args: Any) -> Any:
    return kind(*args)


def _weights(params: Params) -> str:
    """Fingerprint of the weights where they lie on this machine, else open_clip's name."""
    if params.model.startswith(_LOCAL):
        folder = Path(params.model.removeprefix(_LOCAL))
        if not folder.is_dir():
            raise WeightsError(f"label.regions.model: no folder {folder}")
        return memory.fingerprint(folder)
    checkpoint = Path(params.weights or "")
    named = memory.fingerprint(params.model, params.weights)
    return memory.fingerprint(checkpoint) if checkpoint.is_file() else named


def _cells(seen: pa.Table) -> np.ndarray:
    """Features of the cells of some pictures, `(n, C, F)`."""
    if not seen.num_rows:
        return np.zeros((0, 0, 1), np.float16)
    return _matrix(seen, "cells").reshape(seen.num_rows, -1, len(seen.column("feature")[0]))


def _matrix(table: pa.Table, column: str) -> np.ndarray:
    values = table.column(column).combine_chunks().flatten()
    return values.to_numpy(zero_copy_only=False).reshape(table.num_rows, -1)


def _lists(rows: np.ndarray) -> pa.Array:
    """A matrix `(n, F)` as a column of n lists."""
    flat = pa.array(np.ascontiguousarray(rows, np.float16).ravel())
    offsets = pa.array(np.arange(len(rows) + 1) * rows.shape[1], pa.int32())
    return pa.ListArray.from_arrays(offsets, flat)
