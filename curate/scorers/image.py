"""Pictures in; size, shape, blankness, exposure and sharpness of each out, without any model.

Grey values are those of ITU-R 601 (PIL's "L"). What depends on scale is measured on a picture
whose longest side is at most `longest_side`, so that a large photo and its small copy agree.
"""

import cv2
import numpy as np
import pyarrow as pa

from curate.dataset.pictures import LEAST, small
from curate.dataset.pixels import Small
from curate.stage.params import parameters

KEY = "image"
_MARGIN = 12  # grey levels from black or white (5%) at which a pixel shows nothing any more
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("shortest_side", pa.int32()),  # pixels
        pa.field("aspect", pa.float32()),  # longest side over shortest side, >= 1
        pa.field("entropy", pa.float32()),  # bits, of the grey histogram, 0 to 8
        pa.field("std", pa.float32()),  # grey levels, 0 to 127.5
        pa.field("blank", pa.float32()),  # share of the commonest colour, 0 to 1
        pa.field("underexposed", pa.float32()),  # share of pixels with a grey value <= 12, 0 to 1
        pa.field("overexposed", pa.float32()),  # share with one >= 243; a white ground counts too
        pa.field("transparency", pa.float32()),  # mean of 1 - alpha as in the file, 0 to 1
        pa.field("sharpness", pa.float32()),  # grey levels, see `_sharpness`
    ]
)


@parameters
class Params:
    """How pictures are measured."""

    longest_side: int = 256  # pixels, larger pictures are shrunk to it before measuring


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Measures of each picture; nulls where the bytes are no picture."""
    cv2.setNumThreads(1)
    empty = dict.fromkeys(SCHEMA.names[1:])
    found = [
        {"image": name, **(measured(p, params.longest_side) if p else empty)}
        for name, p in small(rows, max(LEAST, params.longest_side))
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def measured(picture: Small, longest_side: int) -> dict[str, float]:
    """All columns but the name, of one picture."""
    short, long = sorted(picture.size)
    colours = _shrink(np.asarray(picture.image), longest_side)
    grey = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
    shares = np.bincount(grey.ravel(), minlength=256) / grey.size
    some = shares[shares > 0]
    return {
        "shortest_side": short,
        "aspect": long / short,
        "entropy": float(abs(-(some * np.log2(some)).sum())),
        "std": float(grey.std()),
        "blank": _blank(colours),
        "underexposed": float(shares[: _MARGIN + 1].sum()),
        "overexposed": float(shares[255 - _MARGIN :].sum()),
        "transparency": picture.transparency,
        "sharpness": _sharpness(grey),
    }


def _shrink(pixels: np.ndarray, longest_side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _blank(colours: np.ndarray) -> float:
    """Share of the commonest colour, with 32 levels a channel: an empty page gives 1."""
    red, green, blue = (colours[..., channel].astype(np.uint16) >> 3 for channel in range(3))
    return float(np.bincount((red << 10 | green << 5 | blue).ravel()).max() / red.size)


def _sharpness(grey: np.ndarray) -> float:
    """Strength of the sharpest edges: the 99th percentile of the Laplacian's magnitude where it
    is not zero; 0 for a plain surface.

    The variance of the Laplacian (Pech-Pacheco et al., 2000) is the usual measure; it falls with
    the share of plain background, so that a sharp cut-out on white would pass for a blurred one.
    """
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_16S))
    counts = np.bincount(edges.ravel())
    counts[0] = 0
    below = counts.cumsum()  # pixels with an edge of at most that strength
    return float(np.searchsorted(below, 0.99 * below[-1])) if below[-1] else 0.0
