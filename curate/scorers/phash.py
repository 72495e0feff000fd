"""Pictures in; a perceptual hash and a thumbnail's colours out, by which near-duplicates are found.

The hash is that of the `imagehash` library: grey, 32 x 32, the 8 x 8 lowest frequencies of its
discrete cosine transform, a bit for each that is above their median. It is blind to colour (a
red and a green circle are alike to it), hence the colours beside it. A JPEG whose shorter side
is 512 pixels or more is hashed at 1/2, 1/4 or 1/8 of its size (256 pixels or more).
"""

import imagehash
import numpy as np
import pyarrow as pa
from PIL import Image

from curate.dataset.pictures import small
from curate.stage.params import parameters

KEY = "image"
SIDE = 8  # pixels of the thumbnail's side
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


def score(rows: pa.Table, params: Params) -> pa.Table:  # noqa: ARG001
    """Hash of each picture; nulls where the bytes are no picture."""
    found = [(name, *(hashed(p.image) if p else (None, None))) for name, p in small(rows)]
    columns = zip(*found, strict=True) if found else ((), (), ())
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)],
        schema=SCHEMA,
    )


def hashed(picture: Image.Image) -> tuple[str, bytes]:
    """The hash and the colours of an RGB picture."""
    colours = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))
    return str(imagehash.phash(picture)), colours.tobytes()
