"""The folder of an index in; what it holds, of which snapshot and by which model, out."""

import json
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from curate.dataset import record, tables
from curate.dataset.errors import DataError
from train.search import encoders, nearest
from train.search.encoders import Encoder
from train.search.nearest import Nearest

INDEX_FILE, IMAGES_FILE, ABOUT_FILE = "index.faiss", "images.parquet", "about.json"
IMAGES = pa.schema([pa.field("image", pa.string(), nullable=False)])
_AGAIN = "make it by `dvc repro index`"


class Opened(NamedTuple):
    """An index.

    Attributes:
        nearest: the vectors.
        images: the picture of each, ascending.
        encoder: the model that gave them.
    """

    nearest: Nearest
    images: list[str]
    encoder: Encoder


def described(snapshot: Path, encoder: Path) -> dict[str, str]:
    """Of which snapshot an index is, and by which model."""
    return {"snapshot": _id(snapshot), "encoder": str(encoder), "weights": encoders.named(encoder)}


def load(index: Path, snapshot: Path, encoder: Path | None = None) -> Opened:
    """Open an index.

    Args:
        index: its folder, as `train.index` wrote it.
        snapshot: that it is of.
        encoder: folder of the model that gave the vectors; None: where it then was.

    Raises:
        DataError: it is missing or damaged, or of another snapshot.
        WeightsError: the model is missing or damaged.
    """
    try:
        about = json.loads((index / ABOUT_FILE).read_text(encoding="utf-8"))
        was, weights = about["snapshot"], about["weights"]
        model = encoder or Path(about["encoder"])
    except FileNotFoundError as error:
        raise DataError(f"{index} is no index (it has no {ABOUT_FILE}); {_AGAIN}") from error
    except (ValueError, KeyError) as error:
        raise DataError(f"{index / ABOUT_FILE} is damaged ({error}); {_AGAIN}") from error
    if (now := _id(snapshot)) != was:
        raise DataError(
            f"{index} is of the snapshot with id {was[:16]}…, and {snapshot} has id {now[:16]}…; "
            f"{_AGAIN}, or name the snapshot that it is of (--snapshot)"
        )
    images = tables.read(index / IMAGES_FILE, ["image"]).column("image").to_pylist()
    found = nearest.load(index / INDEX_FILE)
    if len(found) != len(images):
        raise DataError(
            f"{index}: {INDEX_FILE} has {len(found)} vectors and {IMAGES_FILE} {len(images)} "
            f"pictures; {_AGAIN}"
        )
    opened = Opened(found, images, encoders.load(model))
    if encoders.named(model) != weights:
        raise DataError(
            f"{index} was made by other weights than those that now lie in {model}; {_AGAIN}"
        )
    return opened


def _id(snapshot: Path) -> str:
    file = snapshot / record.ID_FILE
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise DataError(f"{snapshot} is no snapshot: {file} cannot be read ({error})") from error
