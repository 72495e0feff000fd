"""A picture with boxes drawn on it, each in the colour of its number: which thing a text means.

What a text says of "the third person" is told to a model that sees only pixels by a frame of the
third colour, as in MERLOT (Zellers et al., 2021).
"""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from curate.dataset.errors import ImageError

COLOURS = (
    *("#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6"),
    *("#bfef45", "#fabed4", "#469990", "#9a6324", "#800000", "#808000", "#000075"),
)
"""That most people tell apart, in the order of their numbers."""
_LINE = 0.006  # width of a frame, share of the picture's longer side
_QUALITY = 90  # of the JPEG


Frame = tuple[float, float, float, float]
"""x1, y1, x2, y2 in pixels."""


@dataclass(frozen=True)
class Marked:
    """A picture file, and what is framed on it.

    Attributes:
        file: as it was handed out.
        frames: number of a thing, from 0, and its box.
    """

    file: Path
    frames: tuple[tuple[int, Frame], ...]

    def __str__(self) -> str:
        """The file, and the things."""
        return f"{self.file} with {len(self.frames)} frames"

    def read_bytes(self) -> bytes:
        """The picture with its frames, JPEG.

        Raises:
            OSError: there is no such file.
            ImageError: it is no picture.
        """
        data = self.file.read_bytes()
        try:
            picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise ImageError(f"{self.file} cannot be drawn on: {error}") from error
        draw = ImageDraw.Draw(picture)
        wide = max(1, round(_LINE * max(picture.size)))
        for number, box in self.frames:
            draw.rectangle(box, outline=COLOURS[number % len(COLOURS)], width=wide)
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=_QUALITY)
        return written.getvalue()
