"""Animated pictures and films: bytes to frames."""

import io
from collections.abc import Iterator

from PIL import Image, ImageDraw

from curate.dataset import clips
from tests import _films

_LIMITS = (10.0, 64, 4_000_000)  # seconds, frames, pixels


def seeds() -> Iterator[bytes]:
    """A ball that moves, in every form."""
    frames = [Image.new("RGB", (24, 24), "white") for _ in range(3)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).ellipse((4 * number, 4, 4 * number + 8, 12), fill="red")
    for encoding in ("GIF", "WEBP", "PNG", "AVIF"):
        out = io.BytesIO()
        more = {"save_all": True, "append_images": frames[1:], "duration": 100}
        frames[0].save(out, encoding, **more)
        yield out.getvalue()
    for encoding in ("mp4", "webm"):
        yield _films.film(frames, encoding, 100)


def read(data: bytes) -> None:
    """Read a clip as crawl and training do."""
    clips.probe(data, *_LIMITS)
    clips.sample(data, 2, 16)
