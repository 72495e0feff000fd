"""What the readers of clips share: a frame, and what all frames of a clip together may cost."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from PIL import Image

from curate.dataset.errors import VideoError

_HUNDREDTH = 0.01  # seconds; lengths are sums of rounded durations


class Frame(NamedTuple):
    """A frame of a clip."""

    seconds: float  # for which it is shown
    size: tuple[int, int]  # width and height, pixels
    picture: Callable[[], Image.Image]  # RGB, or RGBA where it has transparency


@dataclass(frozen=True)
class Limits:
    """What a clip may ask for."""

    seconds: float = inf  # its length
    frames: float = inf
    pixels: float = inf  # of all frames together

    def check(self, frames: int, size: tuple[int, int], seconds: float = 0.0) -> None:
        """Refuse a clip by what its header says, or by what of it was decoded so far.

        Args:
            frames: their number.
            size: width and height, pixels.
            seconds: for which they are shown.

        Raises:
            VideoError: one of the limits is less.
        """
        if seconds > self.seconds + _HUNDREDTH:
            raise VideoError(f"more than {self.seconds:g} s")
        if frames > self.frames:
            raise VideoError(f"more than {self.frames:g} frames")
        if frames * size[0] * size[1] > self.pixels:
            width, height = size
            raise VideoError(
                f"{frames} frames of {width} x {height} are more than {self.pixels:g} pixels"
            )

    def kept(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The frames of a clip, each of them checked before the next is asked for.

        Raises:
            VideoError: there are too many, one is shown for no time, or they differ in size.
        """
        seconds, first = 0.0, None
        for number, frame in enumerate(frames, 1):
            first = first or frame
            if frame.size != first.size:
                raise VideoError(f"frame {number} is {frame.size}, the first {first.size} pixels")
            if not frame.seconds > 0:
                raise VideoError(f"frame {number} is shown for {frame.seconds:g} s")
            seconds += frame.seconds
            self.check(number, frame.size, seconds)
            yield frame
