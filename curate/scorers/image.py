"""Pictures in; size, shape, blankness, exposure and sharpness of each out, without any model.

Grey values are those of ITU-R 601 (PIL's "L"). What depends on scale is measured on a picture
whose longest side is at most `longest_side`, so that a large photo and its small copy agree.
"""

import cv2
import numpy as np
import pyarrow as pa

from curate.dataset.small import LEAST, TINY, Small
from curate.stage.params import parameters

KEY = "image"
_MARGIN = 12  # grey levels from black or white (5%) at which a pixel shows nothing any more
_EDGES = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], np.float32)  # PIL's FIND_EDGES
_PEAKED = 0.18  # of what the histogram adds to clarity, less is nothing
_STEEPEST = 1021  # magnitudes that the Laplacian of 8 bits can have, 0 included
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
        pa.field("darkest", pa.int16()),  # grey level that 5% of the pixels do not exceed
        pa.field("brightest", pa.int16()),  # the same of 99%
        pa.field("transparency", pa.float32()),  # mean of 1 - alpha as in the file, 0 to 1
        pa.field("sharpness", pa.float32()),  # grey levels, see `_sharpness`
        pa.field("clarity", pa.float32()),  # cleanvision's, 0 to 1; it calls < 0.29 blurry
        pa.field("chroma", pa.float32()),  # levels between a pixel's R, G and B, mean; 0: grey
    ]
)


@parameters
class Params:
    """How pictures are measured."""

    longest_side: int = 256  # pixels, larger pictures are shrunk to it before measuring


def least(params: Params) -> int:
    """Pixels that the shorter side keeps when a picture is decoded."""
    return max(LEAST, params.longest_side)


def measured(picture: Small, params: Params) -> dict[str, float]:
    """All columns but the name, of one picture."""
    short, long = sorted(picture.size)
    colours = picture.within(params.longest_side)
    grey = picture.grey(params.longest_side)
    shares = _levels(grey, 255) / grey.size
    below = shares.cumsum()
    some = shares[shares > 0]
    return {
        "shortest_side": short,
        "aspect": long / short,
        "entropy": float(abs(-(some * np.log2(some)).sum())),
        "std": float(cv2.meanStdDev(grey)[1][0, 0]),
        "blank": _blank(colours),
        "underexposed": float(shares[: _MARGIN + 1].sum()),
        "overexposed": float(shares[255 - _MARGIN :].sum()),
        "darkest": min(255, int(np.searchsorted(below, 0.05))),
        "brightest": min(255, int(np.searchsorted(below, 0.99))),
        "transparency": picture.transparency,
        "sharpness": _sharpness(grey),
        **_overall(picture.within(TINY), picture.grey(TINY)),
    }


def _counts(values: np.ndarray, levels: int) -> np.ndarray:
    """Pixels of each level, (levels,) float64, of (H, W) uint8 or uint16."""
    counts = cv2.calcHist([values], [0], None, [levels], [0, levels])
    return counts.ravel().astype(np.float64)


def _levels(values: np.ndarray, common: int) -> np.ndarray:
    """Pixels of each of 256 levels, of which one may be that of most.

    To add one to the same count again and again takes thrice as long as to leave that out.
    """
    others = (values != common).view(np.uint8)
    left = int(np.count_nonzero(others))
    if 2 * left > values.size:
        return _counts(values, 256)
    counts = cv2.calcHist([values], [0], others, [256], [0, 256]).ravel().astype(np.float64)
    counts[common] = values.size - left
    return counts


def _blank(colours: np.ndarray) -> float:
    """Share of the commonest colour, with 32 levels a channel: an empty page gives 1."""
    counts = cv2.calcHist([colours], [0, 1, 2], None, [32] * 3, [0, 256] * 3)
    return float(counts.max()) / (colours.shape[0] * colours.shape[1])


def _sharpness(grey: np.ndarray) -> float:
    """Strength of the sharpest edges: the 99th percentile of the Laplacian's magnitude where it
    is not zero; 0 for a plain surface.

    The variance of the Laplacian (Pech-Pacheco et al., 2000) is the usual measure; it falls with
    the share of plain background, so that a sharp cut-out on white would pass for a blurred one.
    """
    edges = cv2.Laplacian(grey, cv2.CV_16S)
    strength = _strongest(_levels(cv2.convertScaleAbs(edges), 0))  # 255 stands for more, too
    if strength == 255:
        strength = _strongest(_counts(np.abs(edges).view(np.uint16), _STEEPEST))
    return float(strength)


def _strongest(counts: np.ndarray) -> int:
    """99th percentile of strengths of which there are so many each; 0 does not count."""
    counts[0] = 0
    below = counts.cumsum()  # pixels with an edge of at most that strength
    return int(np.searchsorted(below, 0.99 * below[-1])) if below[-1] else 0


def _overall(tiny: np.ndarray, grey: np.ndarray) -> dict[str, float]:
    """Clarity and chroma, which need few pixels.

    Clarity is what cleanvision 0.3.7 has as its score of blur, from the deviations of the edges
    and of the histogram's counts; a histogram with peaks is enough for it to call a picture clear.
    """
    edges = grey.copy()  # PIL's filters leave the border as it is
    edges[1:-1, 1:-1] = cv2.filter2D(grey, -1, _EDGES)[1:-1, 1:-1]
    blur = 1 - np.exp(-0.01 * float(cv2.meanStdDev(edges)[1][0, 0]))
    peaks = 1 - np.exp(-0.01 * _counts(grey, 256).std())
    red, green, blue = cv2.split(tiny)
    most, fewest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return {
        "clarity": float(min(1.0, blur + (peaks if peaks > _PEAKED else 0.0))),
        "chroma": float(cv2.mean(cv2.subtract(most, fewest))[0]),
    }
