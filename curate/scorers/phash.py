"""Pictures in; a perceptual hash and a thumbnail's colours out, by which near-duplicates are found.

The hash is that of the `imagehash` library: grey, 32 x 32, the 8 x 8 lowest frequencies of its
discrete cosine transform, a bit for each that is above their median. It is blind to colour (a
red and a green circle are alike to it), hence the colours beside it.
"""

import imagehash
import numpy as np
import pyarrow as pa
from PIL import Image

from curate.dataset.pictures import decoded
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
    found = [(name, *_hash(picture)) for name, picture in decoded(rows)]
    columns = zip(*found, strict=True) if found else ((), (), ())
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)],
        schema=SCHEMA,
    )


def _hash(picture: Image.Image | None) -> tuple[str | None, bytes | None]:
    if picture is None:
        return None, None
    colours = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX))
    return str(imagehash.phash(picture)), colours.tobytes()
