"""Pictures in, by their pixels, hashes and vectors; which of them are the same to each, out.

Kinds of links, from the surest:

    exact       the same pixels once decoded, in other bytes (another compression, other metadata)
    perceptual  hashes within a radius, and thumbnails of nearly the same colours
    mirrored    the same of one picture and the mirror image of the other
    semantic    embeddings of at least a cosine

Links are enough to join what belongs together, not all there are: pictures that agree in what is
asked are joined to the first of them alone, so that a million copies cost a million links.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from curate import duplicates, neighbours
from curate.dataset.pictures import decoded

KINDS = ("exact", "perceptual", "mirrored", "semantic")
_ODD = 0x5555555555555555  # bits of the odd columns of a hash's 8 x 8 frequencies


class Links(NamedTuple):
    """Links of one kind between rows: 2 x (P,) rows, and how far they are apart."""

    kind: str
    left: np.ndarray
    right: np.ndarray
    apart: np.ndarray  # (P,) bits; semantic: cosine


def exact(rows: pa.Table, hashed: pd.DataFrame) -> Links:
    """Pictures of the same pixels: decoded, RGB, turned upright.

    Only pictures that agree in size, hash and thumbnail are decoded. Two JPEGs that are hashed at
    different scales, or one and a PNG, may differ there; they are then linked as perceptual.

    Args:
        rows: (N) columns set, image, shard, offset, size.
        hashed: (N) columns phash, colours, width, height of the same images.
    """
    known = hashed.reset_index(drop=True).dropna(subset="phash")
    known = known[known.duplicated(["phash", "colours", "width", "height"], keep=False)]
    some = rows.take(pa.array(known.index, pa.int64()))
    some = some.append_column("row", pa.array(known.index, pa.int64()))
    some = some.sort_by([(name, "ascending") for name in ("set", "shard", "offset")])
    seen: dict[tuple[tuple[int, int], bytes], int] = {}
    joined: dict[int, int] = {}
    for row, (_, picture) in zip(some.column("row").to_pylist(), decoded(some), strict=True):
        if picture is not None:
            digest = hashlib.sha256(picture.tobytes()).digest()
            first = seen.setdefault((picture.size, digest), row)
            if first != row:
                joined[row] = first
    return Links(
        "exact",
        np.fromiter(joined.values(), np.int64, len(joined)),
        np.fromiter(joined, np.int64, len(joined)),
        np.zeros(len(joined), np.int64),
    )


def perceptual(hashed: pd.DataFrame, distance: int, levels: float | None) -> Links:
    """Pictures whose hashes differ in at most `distance` bits, and their colours by `levels`.

    Args:
        hashed: (N) columns phash, colours.
        distance: bits of 64.
        levels: mean difference of the thumbnails' values, 0 to 255; None: not asked.
    """
    first, rows, codes, colours = _distinct(hashed, levels)
    left, right, bits = duplicates.look_alikes(codes, distance, colours, levels)
    repeats = np.flatnonzero((first >= 0) & (first != np.arange(len(first))))
    return Links(
        "perceptual",
        np.concatenate([rows[left], first[repeats]]),
        np.concatenate([rows[right], repeats]),
        np.concatenate([bits, np.zeros(len(repeats), np.int64)]),
    )


def mirrored(hashed: pd.DataFrame, distance: int, levels: float | None) -> Links:
    """Pictures that are mirror images of one another by hash and colours, as `perceptual`.

    A mirror turns the sign of every odd horizontal frequency. Their median is near zero, so the
    hash of the mirror image is nearly the hash with those bits turned; no picture is hashed twice.
    """
    first, rows, codes, colours = _distinct(hashed, levels)
    count = len(rows)
    if not count:
        return Links("mirrored", rows, rows, rows)
    turned = [f"{int(code, 16) ^ _ODD:016x}" for code in codes]
    both = None
    if colours is not None:
        shown = np.frombuffer(b"".join(colours.to_pylist()), np.uint8).reshape(count, -1, 3)
        side = int(np.sqrt(shown.shape[1])) if count else 1
        flipped = shown.reshape(count, side, side, 3)[:, :, ::-1]
        both = pa.chunked_array([colours, pa.array([f.tobytes() for f in flipped], colours.type)])
    left, right, bits = duplicates.look_alikes([*codes, *turned], distance, both, levels)
    across = (left < count) & (right >= count) & (right - count > left)
    left, right, bits = rows[left[across]], rows[right[across] - count], bits[across]
    one, other, apart = np.append(left, right), np.append(right, left), np.append(bits, bits)
    some, where = np.unique(one, return_index=True)
    repeats = np.flatnonzero(np.isin(first, some) & (first != np.arange(len(first))))
    where = where[np.searchsorted(some, first[repeats])]  # a link of what each repeats
    return Links(
        "mirrored",
        np.append(left, other[where]),
        np.append(right, repeats),
        np.append(bits, apart[where]),
    )


def semantic(vectors: np.ndarray, rows: np.ndarray, least: float) -> Links:
    """Pictures whose embeddings have at least a cosine.

    Args:
        vectors: (M, D) float32 of length 1.
        rows: (M,) the row of each.
        least: cosine.
    """
    seen: dict[bytes, int] = {}
    first = np.array([seen.setdefault(v.tobytes(), n) for n, v in enumerate(vectors)], np.int64)
    places = np.flatnonzero(first == np.arange(len(first)))
    left, right, near = neighbours.pairs(vectors[places], least)
    repeats = np.flatnonzero(first != np.arange(len(first)))
    return Links(
        "semantic",
        rows[np.concatenate([places[left], first[repeats]])],
        rows[np.concatenate([places[right], repeats])],
        np.concatenate([near, np.ones(len(repeats))]),
    )


def _distinct(
    hashed: pd.DataFrame, levels: float | None
) -> tuple[np.ndarray, np.ndarray, list[str], pa.Array | None]:
    """Of each row the first with its hash (and colours), -1 without; those rows; both of them."""
    known = hashed.reset_index(drop=True).dropna(subset="phash")
    keys = ["phash"] if levels is None else ["phash", "colours"]
    first = np.full(len(hashed), -1, np.int64)
    heads = known.groupby(keys, sort=False).ngroup().to_numpy()
    _, places = np.unique(heads, return_index=True)
    first[known.index] = known.index.to_numpy()[places][heads]
    rows = np.flatnonzero(first == np.arange(len(first)))
    chosen = known.loc[rows]
    colours = None
    if levels is not None:
        width = len(chosen["colours"].iloc[0]) if len(chosen) else 1
        colours = pa.array(chosen["colours"].tolist(), pa.binary(width))
    return first, rows, chosen["phash"].tolist(), colours
