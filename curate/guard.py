"""A picture and what it was when its source was made: the same, the same to the eye, or replaced.

Whoever buys a domain that a list of URLs names decides what is behind them (split-view
poisoning: Carlini et al., "Poisoning Web-Scale Training Datasets is Practical", 2023). Exact
hashes alone would refuse the many honest pictures that were saved again since, hence a
perceptual hash beside them where the source has one.
"""

import hashlib
from collections.abc import Callable

from curate.dataset import pixels
from curate.sources import Expected
from curate.stage.params import parameters

_BITS = 64
SAME = "same bytes"
REPLACED = "replaced"


@parameters
class Guard:
    """How much a picture may have changed."""

    distance: int = 10  # bits of 64 that the perceptual hash of one saved again may differ in


def phash(data: bytes, max_pixels: int) -> int:
    """Perceptual hash of a picture, 64 bits (`imagehash.phash`).

    Raises:
        ImageError: it cannot be read.
    """
    import imagehash

    return int(str(imagehash.phash(pixels.decode(data, max_pixels))), 16)


def verdict(
    expected: Expected, data: bytes, sha256: str, looks: Callable[[], int], params: Guard
) -> tuple[bool, str]:
    """Whether a picture is the one that was expected, and why.

    Args:
        expected: at least one hash.
        data: the file.
        sha256: of the file, in hexadecimal digits.
        looks: gives the perceptual hash of the picture; asked only where it decides.
        params: how much it may have changed.

    Raises:
        ImageError: `looks` could not read the picture.
    """
    wrong = []
    if expected.sha256:
        if expected.sha256.lower() == sha256:
            return True, SAME
        wrong.append(f"sha256 {sha256} instead of {expected.sha256}")
    if expected.md5:
        found = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if expected.md5.lower() == found:
            if not wrong:
                return True, SAME
        else:
            wrong.append(f"md5 {found} instead of {expected.md5}")
    if expected.phash:
        bits = (int(expected.phash, 16) ^ looks()).bit_count()
        if bits <= params.distance:
            return True, f"{bits} of {_BITS} bits of its look changed"
        wrong.append(f"phash is {bits} of {_BITS} bits from {expected.phash}")
    return False, "; ".join(wrong)
