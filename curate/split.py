"""A pool and its perceptual hashes in; train, validation or test for every image out.

Images that tell of each other stay in one group: near-duplicates, and images of one English
concept (the same caption; variants by skin tone and hair count as one). A group is named after
its smallest image, and a hash of that name says where it goes, whatever else is in the pool.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import regex

from curate import duplicates, hamming
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.dataset.languages import primary
from curate.dataset.sets import distinct_images, located
from curate.forest import components
from curate.stage.params import parameters
from curate.stage.run import run

TRAIN = "train"
_VARIANT = regex.compile(
    r"(?:(?:medium-)?(?:light|dark) skin tone|medium skin tone"
    r"|(?:red|white|curly|blond|gr[ae]y) hair|bald|beard)"
)
_SIZES = (0, 1, 2, 5, 10, 20, 50, 100, np.inf)  # of groups, borders in the figures
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")


@parameters
class SplitParams:
    """Shares of the splits, and what holds images together."""

    train: float  # share of the groups, 0 to 1; the three add up to 1
    validation: float  # share of the groups
    test: float  # share of the groups
    distance: hamming.Distance  # bits of 64; near-duplicates' hashes differ in at most as many
    shared_by: int  # images; a caption that stands beside more of them names no concept
    largest_group: int  # images; a larger group goes to train


def main(pool: Path, phash: Path, out: Path, params: SplitParams) -> dict[str, Any]:
    """Give every image of a pool a split, so that none can be learnt from another."""
    if abs(params.train + params.validation + params.test - 1) > 1e-9:
        raise ParamsError("split.train, split.validation and split.test do not add up to 1")
    pairs = located([pool])
    images = distinct_images(pairs).select(["image", "source"]).sort_by("image").to_pandas()
    links = np.concatenate(
        [
            _near(images["image"], phash, params.distance),
            _same_concept(images["image"], pairs, params.shared_by),
        ],
        axis=1,
    )
    first = components(len(images), *links)
    images["group"] = images["image"].to_numpy()[first]  # images are sorted: the smallest name
    size = images.groupby("group")["image"].transform("size")
    drawn = images["group"].map({g: _draw(g, params) for g in images["group"].unique()})
    images["split"] = drawn.where(size <= params.largest_group, TRAIN)
    table = pa.Table.from_pandas(images[record.SPLITS.names], preserve_index=False)
    tables.write(table, out, "image", record.SPLITS)
    return _figures(images, size)


def concept(caption: str) -> str:
    """An English caption without case, punctuation, and variants of skin tone and hair.

    `Thumbs Up: dark skin tone` is `thumbs up`, but `flag: Chad` stays `flag chad`.
    """
    subject, colon, variants = caption.casefold().partition(":")
    parts = [part.strip() for part in variants.split(",")] if colon else []
    rest = [part for part in parts if not _VARIANT.fullmatch(part)]
    return " ".join(_WORD.findall(" ".join([subject, *rest])))


def _near(images: pd.Series, phash: Path, distance: int) -> np.ndarray:
    """Near-duplicates as links (2, P) between rows of the images."""
    scores = tables.read(phash, ["image", "phash"]).to_pandas().dropna()
    place = pd.Index(images).get_indexer(scores["image"])
    scores, place = scores[place >= 0], place[place >= 0]
    left, right = duplicates.linked(scores["phash"].tolist(), distance)
    return np.stack([place[left], place[right]])


def _same_concept(images: pd.Series, pairs: pa.Table, most: int) -> np.ndarray:
    """Images of one concept as links (2, P), each to the first of its concept."""
    frame = pairs.select(["image", "lang", "caption"]).to_pandas()
    english = frame[frame["lang"].map(primary) == "en"].copy()
    english = english[english.groupby("caption")["image"].transform("nunique") <= most]
    english["concept"] = english["caption"].map(concept)
    english["row"] = pd.Index(images).get_indexer(english["image"])
    english = english[english["concept"] != ""].drop_duplicates(["concept", "row"])
    first = english.groupby("concept")["row"].transform("min")
    return np.stack([first.to_numpy(np.int64), english["row"].to_numpy(np.int64)])


def _draw(group: str, params: SplitParams) -> str:
    """Split of a group: where a hash of its name falls on the line from 0 to 1."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    if place < params.test:
        return "test"
    return "validation" if place < params.test + params.validation else TRAIN


def _figures(images: pd.DataFrame, size: pd.Series) -> dict[str, Any]:
    """Images of each split, by source too, and how many groups there are of each size."""
    groups = images.groupby("group").size()
    sizes = pd.cut(groups, _SIZES).value_counts(sort=False)
    return {
        "images": len(images),
        "groups": len(groups),
        "largest_group": int(size.max()),
        "splits": images["split"].value_counts().sort_index().to_dict(),
        "sources": {
            source: rows["split"].value_counts().sort_index().to_dict()
            for source, rows in images.groupby("source")
        },
        "group_sizes": {f"up to {m:g}": int(n) for m, n in zip(_SIZES[1:], sizes, strict=True)},
    }


if __name__ == "__main__":
    run("curate.split", section="split")
