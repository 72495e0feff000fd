"""Located images in; what a maker and a tower see in them, remembered by image, out."""

import dataclasses
import functools
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from align.regions import makers
from align.regions.makers import Found
from curate.dataset import memory, pixels
from curate.dataset.errors import ParamsError, WeightsError
from curate.dataset.pictures import with_alpha
from curate.stage import plugin, remembered
from curate.stage.params import build, parameters

GROUP = 256  # images that a worker takes at once
PACKAGE = "align.regions.makers"
WHERE = "label_linked.regions"
_LOCAL = "local-dir:"
_FRAME = np.array([[0, 0, 1, 1]], np.float32)
_VECTOR = pa.list_(pa.float16())
SEEN = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("boxes", pa.list_(pa.float32())),  # n x 4, end to end; null: no picture
        pa.field("scores", pa.list_(pa.float32())),
        pa.field("detected", pa.list_(pa.int32())),  # null: the maker knows no classes
        pa.field("features", _VECTOR),  # n x F, end to end
        pa.field("embeddings", _VECTOR),  # n x E
        pa.field("feature", _VECTOR),
        pa.field("embedding", _VECTOR),
    ]
)


@parameters
class Sight:
    """Whose features regions have, and how many of them an image has."""

    model: str  # as score.clip.model, e.g. local-dir:models/filter_network
    weights: str | None = None  # as score.clip.weights
    size: int | None = None  # pixels that a box is seen in; null: the size the tower was trained at
    look: Literal["crops", "map"] = "crops"  # each box by itself, or in the whole's feature map
    overlap: Annotated[float, Field(ge=0, le=1)] = 0.6  # of two boxes, above which one goes (IoU)
    most: Annotated[int, Field(ge=1)] = 8  # regions of an image; a grid keeps all its cells


def values_of(sight: Sight, maker: dict[str, Any]) -> dict[str, Any]:
    """What `look` goes by: the values of a `Sight`, or of parameters that add to it, and a maker.

    Args:
        sight: the parameters.
        maker: `kind`, a file in align/regions/makers, and its parameters.
    """
    own = {field.name: getattr(sight, field.name) for field in dataclasses.fields(Sight)}
    return own | {"maker": maker}


def look(images: pa.Table, values: dict[str, Any]) -> pa.Table:
    """What is seen in each image.

    Args:
        images: located images, each once.
        values: as of `values_of`.

    Returns:
        A table of schema `SEEN`, sorted by image.

    Raises:
        ParamsError: the maker's parameters are not those that it has.
        WeightsError: the model or the maker's file is not there.
    """
    found = remembered.fill(
        memory.Memory("regions", fingerprint(values), "image", SEEN), images, look_at_group, values,
        group=GROUP, label="label regions", unit="images",
    )  # fmt: skip
    return found.sort_by("image")


def fingerprint(values: dict[str, Any]) -> str:
    """Hash of what is seen follows from besides the images: code, weights and parameters.

    Raises:
        ParamsError: the maker's parameters are not those that it has.
        WeightsError: the model or the maker's file is not there.
    """
    module, params = _maker(values["maker"])
    file = module.weights(params)
    code = [memory.fingerprint(f) for f in _code(module)]
    tower = tower_weights(values["model"], values["weights"])
    known = [memory.fingerprint(file) if file else None, tower]
    return memory.fingerprint(code, known, values)


def look_at_group(images: pa.Table, values: dict[str, Any], filled: bool = True) -> pa.Table:
    """What is seen in some images, in a worker.

    Args:
        images: located images.
        values: as `look`.
        filled: whether the tower's batches are, see `align.regions.tower`.

    Returns:
        A table of schema `SEEN`.
    """
    from align.regions.tower import Tower, View

    module, params = _maker(values["maker"])
    find = _once(module.maker, params)
    tower = _once(Tower, *(values[k] for k in ("model", "weights", "size", "look")), filled)
    laid_out = getattr(module, "LAID_OUT", False)
    rows, views = [], []
    for name, picture in with_alpha(images):
        row: dict[str, Any] = dict.fromkeys(SEEN.names) | {"image": name}
        rows.append(row)
        if picture is None:
            continue
        flat = pixels.on_white(picture)
        alpha = np.asarray(picture.getchannel("A")) if picture.mode == "RGBA" else None
        found = _or_frame(find(flat, alpha))
        if not laid_out:
            found = _kept(found, values["overlap"], values["most"])
        detected = found.detected
        row |= {"boxes": found.boxes.ravel(), "scores": found.scores, "detected": detected}
        views.append(View(flat, found.shown, found.boxes))
    seen = iter(tower.see(views))
    for row in rows:
        if row["boxes"] is not None:
            one = next(seen)
            row |= {k: np.ravel(v) for k, v in one._asdict().items()}
    return pa.Table.from_pylist(rows, SEEN)


def tower_weights(model: str, weights: str | None) -> str:
    """Fingerprint of the tower's weights where they lie on this machine, else open_clip's name.

    Raises:
        WeightsError: they should lie here and do not.
    """
    if model.startswith(_LOCAL):
        folder = Path(model.removeprefix(_LOCAL))
        if not folder.is_dir():
            raise WeightsError(f"{WHERE}.model: no folder {folder}")
        return memory.fingerprint(folder)
    checkpoint = Path(weights or "")
    named = memory.fingerprint(model, weights)
    return memory.fingerprint(checkpoint) if checkpoint.is_file() else named


def _maker(values: dict[str, Any]) -> tuple[Any, Any]:
    """The module of a maker, and its parameters."""
    own = dict(values)
    kind = own.pop("kind", None)
    if not isinstance(kind, str):
        known = ", ".join(plugin.names(PACKAGE))
        raise ParamsError(f"{WHERE}.maker.kind is {kind!r}, not one of {known}")
    module = plugin.load(PACKAGE, kind)
    return module, build(module.Params, own, f"{WHERE}.maker")


def _or_frame(found: Found) -> Found:
    """What a maker found; the frame where it found nothing, of no score."""
    if len(found.boxes):
        return found
    detected = None if found.detected is None else np.full(1, -1, np.int32)
    return Found(_FRAME, np.zeros(1, np.float32), detected, found.shown)


def _kept(found: Found, overlap: float, most: int) -> Found:
    from align.regions.suppression import kept

    rows = kept(found.boxes, found.scores, overlap, most)
    detected = None if found.detected is None else found.detected[rows]
    return Found(found.boxes[rows], found.scores[rows], detected, found.shown)


def _code(module: Any) -> list[Path]:
    """Files that what is seen follows from; the other makers' are not among them."""
    folder = Path(__file__).parent
    own = [f for f in sorted(folder.glob("*.py")) if f.stem not in ("codebook", "vocabulary")]
    return [Path(str(pixels.__file__)), Path(str(makers.__file__)), Path(module.__file__), *own]


@functools.cache
def _once(kind: Any, *args: Any) -> Any:
    """`kind(*args)`, made once in a process; parameters are frozen, and compared by value."""
    return kind(*args)
