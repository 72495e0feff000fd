"""Pictures in; a perceptual hash and a thumbnail's colours out, by which near-duplicates are found.

The hash is that of the `imagehash` library: grey, 32 x 32, the 8 x 8 lowest frequencies of its
discrete cosine transform, a bit for each that is above their median. It is blind to colour (a
red and a green circle are alike to it), hence the colours beside it. A JPEG whose shorter side
is 512 pixels or more is hashed at 256 pixels or less, and its hash is then within a few bits of
the whole picture's (of 500 photographs three quarters had the same, all but 1% one within 4).
"""

import imagehash
import numpy as np
import pyarrow as pa
from PIL import Image

from curate.dataset.small import LEAST, TINY, Small
from curate.stage.params import parameters

KEY = "image"
SIDE = 8  # pixels of the thumbnail's side
_GRID = 32  # pixels on a side of what imagehash transforms
_GAP = 3.0  # means of squares are taken until so many times the grid's pixels are left
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("phash", pa.string()),  # 16 hexadecimal digits: 64 bits
        pa.field("colours", pa.binary(SIDE * SIDE * 3)),  # 8 x 8 RGB means, row by row, 0 to 255
    ]
)


@parameters
class Params:
    """Nothing to set: a hash is only of use beside hashes made in the same way."""


def least(params: Params) -> int:  # noqa: ARG001
    """Pixels that the shorter side keeps when a picture is decoded."""
    return LEAST


def measured(picture: Small, params: Params) -> dict[str, object]:  # noqa: ARG001
    """The hash and the colours of a picture."""
    if picture.reduced:
        size, filter_ = (_GRID, _GRID), Image.Resampling.LANCZOS
        image = Image.fromarray(picture.grey(LEAST)).resize(size, filter_, reducing_gap=_GAP)
        shown = Image.fromarray(picture.within(TINY))
    else:
        image = shown = Image.fromarray(picture.grid)
    bits = np.packbits(imagehash.phash(image).hash)
    colours = shown.resize((SIDE, SIDE), Image.Resampling.BOX)
    return {"phash": bits.tobytes().hex(), "colours": colours.tobytes()}
