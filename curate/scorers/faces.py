"""Pictures in; how many faces a detector of your own finds in each, and how large they are, out.

The detector is that of `curate.faces`, with the same parameters: what is counted here is what
`curate.blur` would blur. A rule on `count` keeps people out of a pool, one on `largest` portraits
alone. It takes about as long as decoding: pictures are looked at whole, as there.
"""

import cv2
import numpy as np
import pyarrow as pa

from curate import faces
from curate.dataset import memory, pictures
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("count", pa.int32()),  # faces
        pa.field("largest", pa.float32()),  # share of the picture inside the largest box, 0 to 1
        pa.field("share", pa.float32()),  # of the picture inside any box, 0 to 1
    ]
)
_SECTION = "faces"


@parameters
class Params(faces.Params):
    """The detector; here it must be given."""


def fingerprint(params: Params) -> str:
    """The weights that counts depend on."""
    return memory.fingerprint(faces.weights(params, _SECTION))


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Faces of each picture; nulls where the bytes are no picture.

    Raises:
        WeightsError: there is no detector, or it cannot be loaded or gives something else.
    """
    cv2.setNumThreads(1)
    find = faces.detector(params, _SECTION)
    return pictures.measured(rows, lambda grid: _measured(grid, find), SCHEMA)


def _measured(grid: np.ndarray, find: faces.Detector) -> dict[str, float]:
    boxes = find(grid)
    covered = np.zeros(grid.shape[:2], np.bool_)  # boxes may overlap
    for left, top, right, bottom in boxes:
        covered[top:bottom, left:right] = True
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return {
        "count": len(boxes),
        "largest": float(areas.max(initial=0) / covered.size),
        "share": float(covered.mean()),
    }
