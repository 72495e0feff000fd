"""Hashes, embeddings and pixels of a pool in; each picture's cluster of duplicates out.

A cluster is a connected component of the links of `curate.links`, over all shards and sources.
Links chain: a picture may reach its cluster over others, and be unlike the keeper itself.
`keeper_bits` and `keeper_cosine` say how near it is to the keeper, and a rule may ask for that;
the rule `near_duplicates` lets no picture go that is not itself near to one that stays.

Mirror images and crops are asked for by choice, as drawings have few that are copies. Of the demo's
12,829 pictures `mirrored: 8` joins 152 more pairs. Of 48 that were looked at 1 is of one picture,
15 are of signs whose mirror image says something else (p and q, arrows, letters of semaphore), the
others are unlike drawings of one series. Of 2,400 of them `cropped: 0.97` joins 264 more, of which
1 of 48 was right, and 0.99 102, of which 5 of 48 were: grey levels do not tell skin tones, flags
and faces that differ by a line. Crops take 6 ms of a processor's time for a picture beside its
decode.

One picture of each cluster is its keeper: of the best source by `order`, then by `keep`, then of
the smallest name. A picture that is like no other is a cluster of one and keeps itself.

Of each picture its pixels are remembered, of pairs nothing: the search by hash takes an eighth of
a run without pixels (0.4 of 3 CPU seconds for 200,000 pictures), and the rest is to read, rank and
write tables, which links kept from before would only add to.
"""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from curate import duplicates, embeddings, hamming, neighbours
from curate.columns import Rows
from curate.cuttings import cropped
from curate.dataset.errors import ParamsError
from curate.duplicates import Levels
from curate.forest import components
from curate.links import KINDS, Links, exact, mirrored, perceptual, semantic
from curate.rules.rule import numbers
from curate.stage.params import parameters

KEY = "image"
FROM_SCORES = True
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("cluster", pa.string(), nullable=False),  # the smallest name of its pictures
        pa.field("size", pa.int32(), nullable=False),  # pictures of the cluster
        pa.field("keeper", pa.bool_(), nullable=False),  # whether it is the one that stays
        pa.field("kept", pa.string(), nullable=False),  # name of the one that stays
        pa.field("link", pa.string()),  # surest kind of its links; null: it has none
        pa.field("bits", pa.int32()),  # to the nearest it is linked to by pixels or hash
        pa.field("alike", pa.float32()),  # correlation with the nearest it is linked to as crop
        pa.field("cosine", pa.float32()),  # with the nearest it is linked to by embedding
        pa.field("keeper_bits", pa.int32()),  # to the keeper, however it is linked
        pa.field("keeper_cosine", pa.float32()),  # with the keeper, where both have embeddings
    ]
)
DECIMALS = 4
_NONE = np.empty(0, np.int64)


@parameters
class Params:
    """What a duplicate is, and which one of a cluster stays."""

    exact: bool = True  # the same pixels are duplicates
    distance: hamming.Distance | None = 3  # bits of 64 within which hashes are; null: not asked
    colours: Levels | None = 4.0  # mean difference, 0 to 255, of such pictures; null: not asked
    # as distance, of a mirror image; about 8, its hash is estimated
    mirrored: hamming.Distance | None = None
    # correlation of a crop with what it is of, e.g. 0.97; null: not asked
    cropped: Annotated[float, Field(gt=0, le=1)] | None = None
    cosine: float | None = None  # of embeddings, from which they are; null: not asked
    keep: Literal["largest", "best_score", "earliest"] = "largest"  # pixels; score; order and URL
    score: str | None = None  # best_score: column, highest first
    order: tuple[str, ...] = ()  # sources from best to worst


def score(rows: pa.Table, params: Params, pool: Rows, vectors: Path | None) -> pa.Table:
    """The cluster of each image.

    Args:
        rows: one for each image.
        params: see there.
        pool: all pairs, with the columns of scorers.
        vectors: folder of embeddings, where `cosine` asks for them.

    Raises:
        ParamsError: what `keep` needs is not given, or a column is not there.
        DataError: there are no embeddings.
    """
    best = ranked(pool, params)
    place = pc.index_in(best.column("image"), value_set=rows.column("image").combine_chunks())
    links, placed = [], rows.take(place)
    if params.exact:
        links.append(exact(placed, best))
    if params.distance is not None:
        links.append(perceptual(best, params.distance, params.colours))
    if params.mirrored is not None:
        links.append(mirrored(best, params.mirrored, params.colours))
    if params.cropped is not None:
        links.append(cropped(placed, best, params.cropped, params.distance or 0))
    shown = None
    if params.cosine is not None:
        shown = _vectors(vectors, best.column("image"))
        links.append(semantic(shown.vectors, shown.at, params.cosine))
    return _table(best, links, shown)


def ranked(pool: Rows, params: Params) -> pa.Table:
    """A row for each image, from the best to keep to the worst, with its hash and thumbnail.

    Raises:
        ParamsError: as `score`.
    """
    by = None
    if params.keep == "best_score":
        if params.score is None:
            raise ParamsError("keep: best_score needs a column, e.g. score: clip.similarity")
        by = -numbers(pool.column(params.score))
    if params.keep == "earliest":
        if not params.order:
            raise ParamsError("keep: earliest needs order: the sources as they were crawled")
        by = pool.pairs.column("url")
    best = duplicates.ranked(pool.pairs, params.order, by)
    found = pool.pairs.select(["image", "width", "height"]).take(best)
    for name in ("phash", "colours"):
        found = found.append_column(name, pool.column(f"phash.{name}").take(best))
    return found


class _Shown(NamedTuple):
    """Embeddings of N images."""

    vectors: np.ndarray  # (M, D) float32 of length 1, all different
    at: np.ndarray  # (N,) row of each image's vector, -1 where it has none


def _vectors(folder: Path | None, images: pa.ChunkedArray) -> _Shown:
    if folder is None:
        raise ParamsError("duplicates: cosine needs embeddings; name their folder by --embeddings")
    table = embeddings.read_images(folder)
    place = pc.index_in(images, value_set=table.column("image").combine_chunks())
    place = place.fill_null(-1).to_numpy().astype(np.int64)
    vectors, which = embeddings.distinct(embeddings.singles(table))
    return _Shown(vectors, np.append(which, -1)[place])


def _table(best: pa.Table, links: list[Links], shown: _Shown | None) -> pa.Table:
    """The scorer's table of N images that are ranked from best to worst."""
    count, names = best.num_rows, best.column("image").combine_chunks()
    left, right = (np.concatenate([_NONE, *(link[side] for link in links)]) for side in (1, 2))
    keeper = components(count, left, right)  # the first row of a cluster is the best
    kind, bits, unlike, cosine = _nearest(count, links)
    return pa.table(
        {
            "image": names,
            "cluster": names.take(pa.array(_smallest(names, keeper))),
            "size": pa.array(np.bincount(keeper, minlength=count)[keeper], pa.int32()),
            "keeper": keeper == np.arange(count),
            "kept": names.take(pa.array(keeper)),
            "link": pa.array([*KINDS, None], pa.string()).take(pa.array(kind)),
            "bits": _numbers(bits, pa.int32()),
            "alike": _numbers(1 - unlike, pa.float32()),
            "cosine": _numbers(cosine, pa.float32()),
            "keeper_bits": _numbers(_bits(best.column("phash"), keeper), pa.int32()),
            "keeper_cosine": _numbers(_cosine(shown, keeper), pa.float32()),
        },
        schema=SCHEMA,
    )


def _smallest(names: pa.Array, keeper: np.ndarray) -> np.ndarray:
    """The row (N,) of the smallest name of each row's cluster."""
    order = pc.sort_indices(names).to_numpy().astype(np.int64)
    found = np.full(len(order), len(order))
    np.minimum.at(found, keeper[order], np.arange(len(order)))
    return np.asarray(order[found[keeper]])


def _nearest(count: int, links: list[Links]) -> tuple[np.ndarray, ...]:
    """Of each row (N,): its surest kind of link by number, least bits, least 1 - correlation,
    greatest cosine, or NaN.
    """
    kind, (bits, unlike, cosine) = np.full(count, len(KINDS)), np.full((3, count), np.nan)
    for link in links:
        for rows in link.left, link.right:
            np.minimum.at(kind, rows, KINDS.index(link.kind))
            if link.kind == "semantic":
                np.fmax.at(cosine, rows, link.apart)
            else:
                np.fmin.at(unlike if link.kind == "cropped" else bits, rows, link.apart)
    return kind, bits, unlike, cosine


def _bits(names: pa.ChunkedArray, keeper: np.ndarray) -> np.ndarray:
    """Bits (N,) between the hashes of each row and its keeper; NaN where one has none."""
    known = names.is_valid().to_numpy()
    codes = duplicates.looks(names.fill_null("0" * 16).to_pylist()).hashes
    return np.where(known & known[keeper], np.bitwise_count(codes ^ codes[keeper]), np.nan)


def _cosine(shown: _Shown | None, keeper: np.ndarray) -> np.ndarray:
    """Cosine (N,) of each row and its keeper; NaN where one has no vector."""
    found = np.full(len(keeper), np.nan)
    if shown is not None:
        both = (shown.at >= 0) & (shown.at[keeper] >= 0)
        own, its = shown.at[both], shown.at[keeper][both]
        found[both] = neighbours.cosines(shown.vectors, own, its)
    return found


def _numbers(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """A column of numbers, null where NaN."""
    return pa.array(values.round(DECIMALS), from_pandas=True).cast(kind)
