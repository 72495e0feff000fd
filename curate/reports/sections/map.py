"""Embeddings of pictures become a map: where pictures look alike, what is kept and what is not."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curate import embeddings
from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.reports import cards, projection
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.thumbnails import Thumbnails

TITLE = "The map"
LEAD = (
    "Pictures that a CLIP finds alike lie side by side; how far apart others lie means little. A "
    "shape, and its colour, is a source; a filled mark was kept, a hollow one dropped. Ringed "
    "marks show their picture when pointed at; by keyboard, Tab enters the map and the arrow keys "
    "go from picture to picture."
)
_SHAPES = ("circle", "square", "diamond", "triangle", "bar", "cross")  # the last: all other sources
_SIDE = 96  # pixels of a picture on the map
_QUALITY = 50  # of its WebP


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Marks for some pictures, drawn by their hash, and for some of them the picture itself."""
    images = _images(inputs)
    folder = inputs.there(inputs.paths.embeddings, f"score@{params.map_of}")
    file = folder / "images.parquet"
    try:
        embedded = tables.read(file, ["image"]).column("image").to_pandas()
    except DataError as error:
        raise NotRun(str(error)) from error
    images = images[among(images["image"], embedded)]
    shown = images.sort_values("image").head(params.map_points).reset_index(drop=True)
    if shown.empty:
        raise NotRun(f"no picture of the pool has an embedding of {params.map_of}")
    places = projection.plane(embeddings.matrix(_vectors(file, shown["image"].to_list())))
    shown["x"], shown["y"] = (100 * places).round(2).T
    order = inputs.sources
    shown["shape"] = [_SHAPES[min(order.index(s), len(_SHAPES) - 1)] for s in shown["source"]]
    with thumbnails.sized(_SIDE, _QUALITY) as small:
        return {
            "of": params.map_of,
            "images": len(images),
            "shown": len(shown),
            "marks": _marks(shown.iloc[params.map_pictures :]),
            "pictures": [
                {**mark, **small.of(row), "caption": row["caption"], "source": row["source"]}
                for mark, row in zip(
                    _marks(shown.head(params.map_pictures)),
                    cards.rows(shown.head(params.map_pictures)),
                    strict=True,
                )
            ],
            "sources": _sources(shown, order),
        }


def _images(inputs: Inputs) -> pd.DataFrame:
    """One row for each picture of the pool: a kept pair of it where there is one."""
    order = inputs.pool.sort_values(["kept", "uid"], ascending=[False, True])
    return order.drop_duplicates("image")


def _vectors(file: Path, images: list[str]) -> pa.Table:
    """The embeddings of some pictures, sorted by their names; the others are not held."""
    asked = pc.field("image").isin(images)
    return tables.wanted([file], asked).sort_by("image")


def _marks(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {"x": x, "y": y, "shape": shape, "verdict": "kept" if kept else "dropped"}
        for x, y, shape, kept in zip(rows["x"], rows["y"], rows["shape"], rows["kept"], strict=True)
    ]


def _sources(shown: pd.DataFrame, order: list[str]) -> list[dict[str, Any]]:
    """Each source with its shape, and how many of its pictures are on the map."""
    images = shown["source"].value_counts().to_dict()
    kept = shown.loc[shown["kept"], "source"].value_counts().to_dict()
    return [
        {
            "name": name,
            "shape": _SHAPES[min(place, len(_SHAPES) - 1)],
            "images": images[name],
            "kept": kept.get(name, 0),
        }
        for place, name in enumerate(order)
        if name in images
    ]
