"""Pictures that examples name in; tars of them, and where each lies, out.

A picture is read twice, first to be checked and named by its bytes, then into its tar, so that
memory stays flat however many there are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from curate.dataset import pixels, record, shards
from curate.dataset.errors import DataError, ImageError
from curate.stage.cluster import map_shards
from train.tasks.formats import Picture

MISSING, UNREADABLE = "missing picture", "unreadable picture"  # reasons
_AT_ONCE = 500  # pictures that a worker is given


class Lost(NamedTuple):
    """Why a picture cannot be had."""

    reason: str
    detail: str


class Seen(NamedTuple):
    """A picture that was checked."""

    image: str  # named by its bytes
    extension: str
    width: int
    height: int


class Gathered(NamedTuple):
    """A picture in its tar."""

    image: str
    width: int
    height: int
    place: shards.Location


def gather(
    pictures: Sequence[Picture], root: Path, prefix: str, per_shard: int
) -> dict[Picture, Gathered | Lost]:
    """Write each picture once, by content, into tars below `root`.

    Args:
        pictures: distinct, in an order that is the same each time.
        root: folder of the set.
        prefix: of the tars' names.
        per_shard: pictures in a tar, on average.
    """
    starts = range(0, len(pictures), _AT_ONCE)
    parts = [list(pictures[start : start + _AT_ONCE]) for start in starts]
    sizes = [len(part) for part in parts]
    looked = map_shards(_look, parts, label=f"read {prefix}", weights=sizes, unit="pictures")
    seen = dict(zip(pictures, (one for part in looked for one in part), strict=True))
    named = {one.image: (one, picture) for picture, one in seen.items() if isinstance(one, Seen)}
    members = (
        (image, named[image][0].extension, named[image][1].read_bytes()) for image in sorted(named)
    )
    places = shards.write(root, prefix, members, per_shard)
    return {
        picture: one
        if isinstance(one, Lost)
        else Gathered(one.image, one.width, one.height, places[one.image])
        for picture, one in seen.items()
    }


def _look(pictures: Sequence[Picture]) -> list[Seen | Lost]:
    """What pictures are; runs in a worker."""
    return [_seen(picture) for picture in pictures]


def _seen(picture: Picture) -> Seen | Lost:
    try:
        data = picture.read_bytes()
        return Seen(record.image_name(data), *pixels.probe(data))
    except ImageError as error:
        return Lost(UNREADABLE, f"{picture}: {error}")
    except (OSError, DataError) as error:
        return Lost(MISSING, f"{picture}: {error}")
