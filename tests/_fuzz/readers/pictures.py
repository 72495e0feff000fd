"""Encoded pictures, of every form that is read: bytes to pixels, whole and small."""

from collections.abc import Iterator

from curate.dataset import pixels, small
from tests.test_hostile_pictures import sound_pictures

_MOST = 4_000_000  # pixels: many small pictures are read in the time of a large one


def seeds() -> Iterator[bytes]:
    """A sound picture of every form."""
    yield from sound_pictures().values()


def read(data: bytes) -> None:
    """Decode a picture as crawl, scorers and training do."""
    pixels.probe(data, _MOST)
    pixels.white(pixels.decode_alpha(data, _MOST))
    small.small(data, 64, _MOST).grey(32)
