"""Kept pairs in; those whose pictures show faces, with the faces blurred, as a set of its own, out.

Its pairs have the uids of those that they stand for; the pool and what was made stay as they are.
Labels, methods of making and snapshots take the blurred pictures instead, see
`curate.dataset.overlay`: what trains never saw a face, and no face is multiplied. A pair's recipe
says of which picture it is, by which detector, and how many faces were found.

A box grows by a share of its diagonal and is blurred by a Gaussian as wide as a share of it, as in
Yang et al., "A Study of Face Obfuscation in ImageNet" (2022). What lies outside stays as it was, up
to what JPEG does to it; other formats become PNG, and nothing but pixels is kept: cameras put small
copies of a picture into its metadata.
"""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import pyarrow as pa
from pydantic import Field

from curate import faces, resize
from curate.dataset import files, marks, memory, pixels, record, shards, tables
from curate.dataset.errors import DataError, ImageError
from curate.dataset.sets import PAIRS_FILE, distinct_images, kept
from curate.dataset.shards import ShardReader
from curate.stage import code, remembered
from curate.stage.cluster import map_shards
from curate.stage.params import as_dict, parameters
from curate.stage.run import run

GROUP = 128  # pictures that a worker looks at, at once
_WIDE = 4  # pixels, standard deviation from twice of which on a part is shrunk before
_BOXES = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("boxes", pa.list_(pa.list_(pa.int32())), nullable=False),  # x1, y1, x2, y2: pixels
    ]
)


@parameters
class BlurParams(faces.Params):
    """Which faces are found, and how they are blurred."""

    reads: str | None = None  # what else the stage depends on: the detector
    margin: Annotated[float, Field(ge=0)] = 0.1  # share of a box's diagonal, added on each side
    strength: Annotated[float, Field(gt=0)] = 0.1  # standard deviation, share of the diagonal
    quality: Annotated[int, Field(ge=1, le=100)] = 95  # of what was a JPEG
    per_shard: Annotated[int, Field(ge=1)] = 1024  # pictures in a tar, on average


def main(sets: Path, decisions: Path, out: Path, params: BlurParams) -> dict[str, Any]:
    """Blur the faces in the pictures of kept pairs; without a detector, none.

    Args:
        sets: the pool, or the folder of made sets.
        decisions: which of their pairs were kept.
        out: folder of the set of blurred pictures.
        params: section `blur`.

    Raises:
        DataError: a picture cannot be read.
        WeightsError: the detector cannot be loaded, or is none.
    """
    shutil.rmtree(out / shards.IMAGES, ignore_errors=True)
    looked, places, rows = 0, {}, []
    if params.model is not None:
        file = faces.weights(params, "blur")
        pairs = kept([sets], [decisions], none_is_fine=True)
        images = distinct_images(pairs)
        looked = images.num_rows
        places = _blur(images, _found(images, file, params), out, params)
        model = files.sha256(file)
        shown = tables.rows_with(pairs, "image", sorted(places)).to_pylist()
        rows = [_pair(row, places[row["image"]], model) for row in shown]
    table = pa.Table.from_pylist(rows, record.PAIRS)
    tables.write(table, out / PAIRS_FILE, "uid", record.PAIRS)
    return {
        "images": looked,
        "blurred": len(places),
        "faces": sum(place["faces"] for place in places.values()),
        "pairs": len(rows),
    }


def blurred(grid: np.ndarray, boxes: np.ndarray, margin: float, strength: float) -> np.ndarray:
    """A picture (H, W, 3) uint8 with some boxes (n, 4) of it blurred; see `BlurParams`."""
    found = grid.copy()
    height, width = grid.shape[:2]
    for left, top, right, bottom in boxes.tolist():
        diagonal = float(np.hypot(right - left, bottom - top))
        more = round(margin * diagonal)
        rows = slice(max(0, top - more), min(height, bottom + more))
        columns = slice(max(0, left - more), min(width, right + more))
        found[rows, columns] = _soft(found[rows, columns], max(1.0, strength * diagonal))
    return found


def _soft(part: np.ndarray, sigma: float) -> np.ndarray:
    """A part of a picture behind a Gaussian; a wide one is laid over fewer pixels, for its price
    grows with its width.
    """
    height, width = part.shape[:2]
    by = max(1, int(sigma / _WIDE))
    size = (-(-width // by), -(-height // by))
    few = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(few, (0, 0), sigma / by)
    return cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR)


def look(rows: pa.Table, params: faces.Params) -> pa.Table:
    """The boxes of the faces of some pictures, schema `_BOXES`, in a worker.

    Raises:
        DataError: a picture cannot be read: nobody knows whether there is a face in it.
    """
    find = faces.detector(params, "blur")
    found = [
        {"image": row["image"], "boxes": find(_grid(data, row)).tolist()}
        for row, data in _read(rows)
    ]
    return pa.Table.from_pylist(found, _BOXES)


def _found(images: pa.Table, file: Path, params: BlurParams) -> pa.Table:
    """Boxes of all pictures, from memory or found now."""
    names = {field.name for field in dataclasses.fields(faces.Params)} - {"model"}
    values = {name: value for name, value in as_dict(params).items() if name in names}
    print_ = memory.fingerprint(file.read_bytes(), values, code.prints("curate.blur"))
    own = memory.Memory("faces", print_, "image", _BOXES)
    return remembered.fill(own, images, look, params, group=GROUP, label="faces", unit="pictures")


def _blur(
    images: pa.Table, found: pa.Table, out: Path, params: BlurParams
) -> dict[str, dict[str, Any]]:
    """Write the pictures with faces; image -> its blurred one's columns, and `faces`."""
    boxes = {row["image"]: row["boxes"] for row in found.to_pylist()}
    shown = images.filter(pa.array([bool(boxes[n]) for n in images.column("image").to_pylist()]))
    shown = shown.sort_by("image")
    names = shown.column("image").to_pylist()
    column = pa.array([boxes[name] for name in names], _BOXES.field("boxes").type)
    shown = shown.append_column("boxes", column)
    groups = [
        shown.take(pa.array(range(start, stop)))  # a slice would travel with the whole table
        for start, stop in shards.cuts(names, params.per_shard)
    ]
    weights = [group.num_rows for group in groups]
    parts = map_shards(
        write, groups, out.as_posix(), params, label="blur", weights=weights, unit="pictures"
    )
    return {name: place for part in parts for name, place in part.items()}


def write(rows: pa.Table, out: str, params: BlurParams) -> dict[str, dict[str, Any]]:
    """Blur some pictures into one tar, in a worker; as `_blur`."""
    cv2.setNumThreads(1)
    members, made = {}, {}
    for row, data in _read(rows):
        grid = _grid(data, row)
        clear = blurred(grid, np.array(row["boxes"]), params.margin, params.strength)
        is_jpeg = pixels.opened(data).format in pixels.JPEG
        form = resize.Resize(format="jpg" if is_jpeg else "png", quality=params.quality)
        encoded = marks.carried(data, resize.encoded(clear, form))
        name = record.image_name(encoded)
        members[name] = (name, form.format, encoded)
        height, width = grid.shape[:2]
        size = {"image": name, "width": width, "height": height}
        made[row["image"]] = size | {"set": out, "faces": len(row["boxes"])}
    places = shards.write_one(Path(out), "blurred", [members[name] for name in sorted(members)])
    return {name: told | places[told["image"]]._asdict() for name, told in made.items()}


def _read(rows: pa.Table) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each row as a dictionary, with the encoded picture."""
    readers: dict[str, ShardReader] = {}
    try:
        for row in rows.to_pylist():
            reader = readers.setdefault(row["set"], ShardReader(row["set"]))
            yield row, reader.read(row["shard"], row["offset"], row["size"])
    finally:
        for reader in readers.values():
            reader.close()


def _grid(data: bytes, row: dict[str, Any]) -> np.ndarray:
    """Pixels (H, W, 3), RGB, upright."""
    try:
        return np.asarray(pixels.decode(data))
    except ImageError as error:
        raise DataError(
            f"picture {row['image']} in {row['set']}/{row['shard']} cannot be looked at for faces: "
            f"{error}"
        ) from error


def _pair(row: dict[str, Any], place: dict[str, Any], model: str) -> dict[str, Any]:
    """A pair with its blurred picture, and a recipe that says so."""
    told = {"image": row["image"], "faces": place["faces"], "model": model}
    recipe = json.loads(row["recipe"] or "{}") | {"blurred": told}
    text = json.dumps(recipe, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**row, **place, "recipe": text}


if __name__ == "__main__":
    run("curate.blur", section="blur")
