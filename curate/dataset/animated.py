"""An animated picture's bytes in, its frames out: GIF, WebP, APNG and AVIF, by Pillow."""

import contextlib
from collections.abc import Iterator
from functools import partial

from PIL import Image

from curate.dataset import pixels
from curate.dataset.errors import ImageError, StillError, VideoError
from curate.dataset.frames import Frame, Limits

FORMATS = ("GIF", "WEBP", "PNG", "AVIF")  # as Pillow names them; an animated PNG is an APNG
_END = {"GIF": b";", "PNG": b"IEND\xaeB`\x82"}  # of a file that Pillow reads without it, too


def frames(data: bytes, limits: Limits) -> tuple[str, Iterator[Frame]]:
    """Extension and frames of an animated picture; each is decoded when it is asked for.

    Durations are those of the file. A picture that an APNG shows where no animation is known is
    none of its frames.

    Raises:
        StillError: it has a single frame.
        VideoError: no animation, cut short, or its header asks for more than is allowed.
    """
    with _refusing("no readable header"):
        image = pixels.opened(data)
    if image.format not in FORMATS:
        raise VideoError(f"{image.format} is none of {', '.join(FORMATS)}, MP4 and WebM")
    with _refusing("truncated or corrupt"):
        count = getattr(image, "n_frames", 1)
    start = int(bool(image.info.get("default_image")))
    if count - start < 2:
        raise StillError("a single frame, which is no clip")
    limits.check(count - start, image.size)
    end = _END.get(image.format, b"")
    if not data.rstrip(b"\0\r\n").endswith(end):
        raise VideoError("truncated: its end is missing")
    return pixels.EXTENSIONS[image.format], _decoded(image, range(start, count))


def is_still(data: bytes) -> bool:
    """Whether a picture that can be read has a single frame, by its header."""
    try:
        frames(data, Limits())
    except StillError:
        return True
    except VideoError:
        return False
    return False


def _decoded(image: Image.Image, numbers: range) -> Iterator[Frame]:
    turned = pixels.orientation(image)
    for number in numbers:
        with _refusing(f"frame {number}"):
            image.seek(number)
            shown = pixels.loaded(image)
        shown = pixels.upright(shown.copy() if shown is image else shown, turned)
        yield Frame((image.info.get("duration") or 0) / 1000, shown.size, partial(_same, shown))


def _same(shown: Image.Image) -> Image.Image:
    return shown


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Make every error of a reader a VideoError: each has its own, undocumented ones."""
    try:
        yield
    except ImageError as error:
        raise VideoError(str(error)) from error
    except Exception as error:
        raise VideoError(f"{what}: {error or type(error).__name__}") from error
