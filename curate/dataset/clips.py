"""An encoded clip in; what it is, or some of its frames, out.

Animated pictures (GIF, WebP, APNG, AVIF) are read by Pillow, films (MP4, WebM) by FFmpeg, see
`animated` and `films`. What a file is, is told by its bytes, never by a name. A hostile file costs
bounded time and memory: what its header asks for is compared with the limits before anything is
decoded, and what was decoded of it after each frame.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from curate.dataset import animated, films, pixels
from curate.dataset.errors import StillError
from curate.dataset.frames import Frame, Limits

MAX_SECONDS = 60.0
MAX_FRAMES = 3600
MAX_PIXELS = 1_000_000_000  # of all frames together
_HELD = 64_000_000  # pixels of frames that are held, so that they need not be decoded twice


class Clip(NamedTuple):
    """What is known of a clip: `extension` by its content, width and height in pixels."""

    extension: str
    frames: int
    seconds: float
    width: int
    height: int


def probe(
    data: bytes,
    max_seconds: float = MAX_SECONDS,
    max_frames: int = MAX_FRAMES,
    max_pixels: int = MAX_PIXELS,
) -> Clip:
    """Format, frames, length and size of a clip.

    The whole of it is decoded once, so a truncated file is found here and not in training.

    Args:
        data: an encoded animated picture or film.
        max_seconds: its length, at most.
        max_frames: their number, at most.
        max_pixels: of all frames together, at most.

    Raises:
        StillError: nothing in it moves: it has one frame, or all are the same.
        VideoError: the bytes are no clip of a known format, are truncated or corrupt, ask for more
            than is allowed, or show a frame for no time.
    """
    extension, frames = _frames(data, Limits(max_seconds, max_frames, max_pixels))
    first, moves = b"", False
    count, seconds, size = 0, 0.0, (0, 0)
    for frame in frames:
        count, seconds, size = count + 1, seconds + frame.seconds, frame.size
        if not moves:
            shown = frame.picture().tobytes()
            moves = shown != (first := first or shown)
    if not moves:
        raise StillError(f"its frames, {count}, show the same")
    return Clip(extension, count, round(seconds, 6), *size)


def sample(data: bytes, count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames of a clip at even distances.

    The clip's length is cut into `count` equal parts, and of each the frame is taken that is shown
    in its middle, at (i + 1/2) / count of the length: a frame may be taken twice, and one that is
    shown for long is taken more often. The same bytes give the same frames.

    Args:
        data: a clip that `probe` takes.
        count: frames wanted.
        side: of their squares, pixels.

    Returns:
        `(count, 3, side, side)` uint8, RGB, whole and upright, transparency on white, squeezed to a
        square by bicubic means of areas; and the middles of the parts in seconds, `(count,)`
        float64.

    Raises:
        VideoError: as `probe`, but for its limits and where nothing moves.
    """
    held, starts, seconds = _held(data)
    times = (np.arange(count) + 0.5) * (seconds / count)
    wanted = np.searchsorted(starts, times, side="right") - 1
    frames = iter(held) if len(held) == len(starts) else _frames(data, Limits())[1]
    last = int(wanted[-1])
    squares: dict[int, np.ndarray] = {}
    for number, frame in zip(range(last + 1), frames, strict=False):
        if number in wanted:
            squares[number] = _square(frame, side)
    return np.stack([squares[number] for number in wanted.tolist()]), times


def _held(data: bytes) -> tuple[list[Frame], np.ndarray, float]:
    """The first frames of a clip, the seconds at which each of all starts, and its length."""
    held: list[Frame] = []
    starts: list[float] = []
    seconds, room = 0.0, _HELD
    for frame in _frames(data, Limits())[1]:
        starts.append(seconds)
        seconds += frame.seconds
        room -= frame.size[0] * frame.size[1]
        if room >= 0:
            held.append(frame)
    return held, np.array(starts), seconds


def _frames(data: bytes, limits: Limits) -> tuple[str, Iterator[Frame]]:
    reader = animated if films.kind(data) is None else films
    extension, frames = reader.frames(data, limits)
    return extension, limits.kept(frames)


def _square(frame: Frame, side: int) -> np.ndarray:
    """A frame as `(3, side, side)` uint8, as `train.pictures` has a picture."""
    shown = pixels.on_white(frame.picture())
    squeezed = shown.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(squeezed).transpose(2, 0, 1)
