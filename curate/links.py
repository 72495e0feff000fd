"""Pictures in, by their pixels, hashes and vectors; which of them are the same to each, out.

Kinds of links, from the surest:

    exact       the same pixels once decoded, in other bytes (another compression, other metadata)
    perceptual  hashes within a radius, and thumbnails of nearly the same colours
    mirrored    the same of one picture and the mirror image of the other
    cropped     one is a crop of the other, or of its mirror image (`curate.cuttings`)
    semantic    embeddings of at least a cosine

Links are enough to join what belongs together and to say how near each picture is to the nearest
of it, not all there are: pictures that agree in what is asked are joined to the first of them
alone, and of the others a forest is kept (`curate.forest`), so that no crowd costs its square.
"""

import hashlib
import math
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import duplicates, neighbours
from curate.dataset.memory import Memory, fingerprint
from curate.dataset.pictures import decoded
from curate.duplicates import Looks
from curate.forest import Forest
from curate.stage import code, remembered

KINDS = ("exact", "perceptual", "mirrored", "cropped", "semantic")
_GROUP = 256  # pictures decoded at once
_PIXELS = pa.schema([pa.field("image", pa.string(), nullable=False), ("pixels", pa.string())])
_SAME = ("phash", "colours", "width", "height")  # of pictures that may have the same pixels
_ODD = np.uint64(0x5555555555555555)  # bits of the odd columns of a hash's 8 x 8 frequencies


class Links(NamedTuple):
    """Links of one kind between rows: 2 x (P,) rows, and how far they are apart.

    Of each row that has any, one is with a nearest.
    """

    kind: str
    left: np.ndarray
    right: np.ndarray
    apart: np.ndarray  # (P,) bits; cropped: 1 - correlation; semantic: cosine


def exact(rows: pa.Table, hashed: pa.Table) -> Links:
    """Pictures of the same pixels: decoded, RGB, turned upright.

    Only pictures that agree in size, hash and thumbnail are decoded. Two JPEGs that are hashed at
    different scales, or one and a PNG, may differ there; they are then linked as perceptual. A
    picture is decoded once: what its pixels are is remembered.

    Args:
        rows: (N) columns set, image, shard, offset, size.
        hashed: (N) columns phash, colours, width, height of the same images.
    """
    known = np.flatnonzero(hashed.column("phash").is_valid())
    head = duplicates.first(*(hashed.column(c).take(known) for c in _SAME))
    again = np.bincount(head, minlength=len(head))[head] > 1
    some = rows.take(known[again])
    place = [(name, "ascending") for name in ("set", "shard", "offset")]
    some = some.append_column("row", pa.array(known[again], pa.int64())).sort_by(place)
    told = remembered.fill(_memory(), some, digests, group=_GROUP, label="pixels")
    at = pc.index_in(some.column("image"), value_set=told.column("image").combine_chunks())
    pixels_of = told.column("pixels").take(at)
    there = np.flatnonzero(pixels_of.is_valid())
    row = some.column("row").to_numpy()[there]
    first = row[duplicates.first(pixels_of.take(there))]
    apart = first != row
    return Links("exact", first[apart], row[apart], np.zeros(np.count_nonzero(apart), np.int64))


def digests(rows: pa.Table) -> pa.Table:
    """Hash of each picture's size and pixels, null where the bytes are no picture."""
    found = [
        (name, hashlib.sha256(b"%d %d " % picture.size + picture.tobytes()).hexdigest())
        if picture is not None
        else (name, None)
        for name, picture in decoded(rows)
    ]
    return pa.Table.from_pylist([dict(zip(_PIXELS.names, one, strict=True)) for one in found])


def _memory() -> Memory:
    """What is remembered of pictures' pixels."""
    return Memory("pixels", fingerprint(code.prints(__name__)), "image", _PIXELS)


def perceptual(hashed: pa.Table, distance: int, levels: float | None) -> Links:
    """Pictures whose hashes differ in at most `distance` bits, and their colours by `levels`.

    Args:
        hashed: (N) columns phash, colours.
        distance: bits of 64.
        levels: mean difference of the thumbnails' values, 0 to 255; None: not asked.
    """
    head, rows, shown = distinct(hashed, levels)
    left, right, bits = duplicates.joined(shown, distance)
    repeats = np.flatnonzero((head >= 0) & (head != np.arange(len(head))))
    return Links(
        "perceptual",
        np.concatenate([rows[left], head[repeats]]),
        np.concatenate([rows[right], repeats]),
        np.concatenate([bits, np.zeros(len(repeats), np.int64)]),
    )


def mirrored(hashed: pa.Table, distance: int, levels: float | None) -> Links:
    """Pictures that are mirror images of one another by hash and colours, as `perceptual`.

    A mirror turns the sign of every odd horizontal frequency. Their median is near zero, so the
    hash of the mirror image is nearly the hash with those bits turned; no picture is hashed twice.
    """
    head, rows, shown = distinct(hashed, levels)
    count, forest = len(rows), Forest(len(rows))

    def wanted(left: np.ndarray, right: np.ndarray, bits: np.ndarray) -> np.ndarray:
        across = np.flatnonzero((left < count) & (right - count > left))
        found = np.zeros(len(left), np.bool_)
        found[across] = forest.wanted(left[across], right[across] - count, bits[across])
        return found

    for left, right, bits in duplicates.alike(_with_mirror_images(shown), distance, wanted):
        forest.add(left, right - count, bits)
    return repeated("mirrored", head, rows, forest, np.int64)


def repeated(
    kind: str, head: np.ndarray, rows: np.ndarray, forest: Forest, unit: type[np.generic]
) -> Links:
    """Links of a forest, and of each row that repeats one of its rows to a nearest of that.

    Args:
        kind: of the links.
        head: (N,) of each row the first that looks the same, -1 where it has no look.
        rows: (M,) the rows that the forest is of.
        forest: what is linked among them.
        unit: type of how far they are apart.
    """
    left, right, apart = forest.links()
    ends, others = np.append(rows[left], rows[right]), np.append(rows[right], rows[left])
    both = np.append(apart, apart).astype(unit)
    order = np.lexsort((others, both, ends))
    some, where = np.unique(ends[order], return_index=True)
    repeats = np.flatnonzero(np.isin(head, some) & (head != np.arange(len(head))))
    where = order[where[np.searchsorted(some, head[repeats])]]  # a nearest of what each repeats
    return Links(
        kind,
        np.append(rows[left], others[where]),
        np.append(rows[right], repeats),
        np.append(both[: len(left)], both[where]),
    )


def semantic(vectors: np.ndarray, at: np.ndarray, least: float) -> Links:
    """Pictures whose embeddings have at least a cosine.

    Nothing is remembered: where vectors are many, which of the few links that may be missed are
    missed hangs on all of them. Those found anew cost some 0.05 ms of one core for each vector.

    Args:
        vectors: (M, D) float32 of length 1, all different.
        at: (N,) the vector of each picture, -1 where it has none.
        least: cosine.
    """
    there = np.flatnonzero(at >= 0)
    held, places = np.unique(at[there], return_index=True)
    rows = np.zeros(len(vectors), np.int64)
    rows[held] = there[places]  # of each vector the first picture
    forest = Forest(len(vectors))
    for left, right, near in neighbours.pairs(vectors, least, wanted=forest.wanted):
        forest.add(left, right, -near)
    left, right, apart = forest.links()
    repeats = there[rows[at[there]] != there]
    return Links(
        "semantic",
        np.concatenate([rows[left], rows[at[repeats]]]),
        np.concatenate([rows[right], repeats]),
        np.concatenate([-apart, np.ones(len(repeats))]),
    )


def distinct(hashed: pa.Table, levels: float | None) -> tuple[np.ndarray, np.ndarray, Looks]:
    """Of each row the first that looks the same, -1 without a hash; those (M,); their looks."""
    known = np.flatnonzero(hashed.column("phash").is_valid())
    asked = hashed.select(["phash"] if levels is None else ["phash", "colours"]).take(known)
    own = duplicates.first(*asked.columns)
    head = np.full(hashed.num_rows, -1, np.int64)
    head[known] = known[own]
    chosen = asked.take(np.flatnonzero(own == np.arange(len(own))))
    colours = None if levels is None else chosen.column("colours")
    shown = duplicates.looks(chosen.column("phash").to_pylist(), colours, levels)
    return head, np.flatnonzero(head == np.arange(len(head))), shown


def _with_mirror_images(shown: Looks) -> Looks:
    """N pictures, and behind them what their mirror images look like."""
    hashes = np.append(shown.hashes, shown.hashes ^ _ODD)
    if shown.colours is None:
        return Looks(hashes)
    side = math.isqrt(shown.colours.shape[1] // 3)
    turned = shown.colours.reshape(-1, side, side, 3)[:, :, ::-1].reshape(shown.colours.shape)
    return Looks(hashes, np.concatenate([shown.colours, turned]), shown.levels)
