"""Pictures in; which of them are crops of which others, mirrored or not, as links, out.

As `leakage` finds crops of what is held out, by `curate.crops`, here each picture is held against
all others. Of those that look the same in hash and thumbnail one stands for all. Two whose hashes
are near as wholes are no crops of one another: whether they are the same is for `links.perceptual`
to say, which looks at their colours, too; here grey levels alone count.

A picture is decoded once, its grey copy of 1 KiB is remembered. Windows are hashed anew each time,
in blocks of pictures, so that no more of them are in memory than one block has.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import crops, looks, windows
from curate.dataset.memory import Memory, fingerprint
from curate.dataset.pictures import decoded
from curate.forest import Forest
from curate.links import Links, distinct, repeated
from curate.stage import code, remembered

_GROUP = 256  # pictures decoded at once
_WHOLES = 4096  # pictures whose windows are in memory at once, 7.5 KiB each
_GREY = pa.schema([pa.field("image", pa.string(), nullable=False), ("grey", pa.binary())])


def cropped(rows: pa.Table, hashed: pa.Table, alike: float, distance: int) -> Links:
    """Pictures that show a part of another.

    Args:
        rows: (N) columns set, image, shard, offset, size.
        hashed: (N) columns phash, colours of the same images.
        alike: correlation of grey levels, from which on a part shows the picture.
        distance: bits of 64 within which two are near as wholes.
    """
    head, chosen, _ = distinct(hashed, 0.0)
    grey = _greys(rows.take(chosen))
    there = np.flatnonzero(grey.is_valid())
    head[~np.isin(head, chosen[there])] = -1
    chosen, small = chosen[there], _grids(grey.take(there))
    codes = np.array([looks.both(one) for one in small], np.uint64).reshape(-1, 2)
    none = crops.seen([])
    shows = np.array([not windows.plain(one) for one in small], np.bool_)
    sought = crops.Seen(small, codes, shows, none.parts, none.places)
    forest = Forest(len(small))
    for start in range(0, len(small), _WHOLES):
        found = crops.found(crops.seen(list(small[start : start + _WHOLES])), sought, alike)
        whole, crop = found.whole + start, found.crop
        bits = np.bitwise_count(codes[crop] ^ codes[whole, :1]).min(axis=1)
        apart = (whole != crop) & (bits > distance)
        left, right = np.minimum(whole, crop)[apart], np.maximum(whole, crop)[apart]
        forest.add(left, right, found.unlike[apart])
    return repeated("cropped", head, chosen, forest, np.float64)


def greys(rows: pa.Table) -> pa.Table:
    """The grey copy of each picture, null where the bytes are no picture."""
    found = [
        {"image": name, "grey": None if picture is None else looks.small(picture).tobytes()}
        for name, picture in decoded(rows)
    ]
    return pa.Table.from_pylist(found, _GREY)


def _greys(rows: pa.Table) -> pa.ChunkedArray:
    """Grey copies of pictures, in their order."""
    order = ("set", "shard", "offset")
    memory = Memory("greys", fingerprint(code.prints(__name__)), "image", _GREY)
    told = remembered.fill(memory, rows, greys, group=_GROUP, label="grey copies", order=order)
    at = pc.index_in(rows.column("image"), value_set=told.column("image").combine_chunks())
    return told.column("grey").take(at)


def _grids(grey: pa.ChunkedArray) -> np.ndarray:
    """(M, 32, 32) uint8."""
    values = np.frombuffer(b"".join(grey.to_pylist()), np.uint8)
    return values.reshape(-1, looks.GRID, looks.GRID)
