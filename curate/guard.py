"""A picture and what it was when its source was made: the same, the same to the eye, or replaced.

Whoever buys a domain that a list of URLs names decides what is behind them (split-view
poisoning: Carlini et al., "Poisoning Web-Scale Training Datasets is Practical", 2023). Exact
hashes alone would refuse the many honest pictures that were saved again since (14% of DataComp's),
hence a second look at what has other bytes: at its perceptual hash, where the source has one, and
by a CLIP (`crawl.guard.model`) at how well it fits its caption. Where both can be had both must
agree, since neither is hard to deceive alone: a picture can be made for a known hash, and one
that fits a known caption is soon found.

    hashes that are expected          perceptual hash   caption          the picture is
    equal: the same bytes, or look    not asked         not asked        taken
    other bytes, or another look      near              fits             taken
                                      near              no model is set  taken
                                      near              does not fit     refused
                                      far               not asked        refused
                                      not known         fits             taken
                                      not known         does not fit     refused
                                      not known         no model is set  refused; says what to set

A caption fits by a cosine of at least `similarity`. Where the table knows the cosine of the picture
that was (`column`), it may also not be less than that by more than `drop`; of a picture that looks
the same this alone is asked, since a caption that never fitted well is no sign of another picture.
"""

import hashlib
import math
from collections.abc import Callable, Sequence

from curate import consistency
from curate.dataset import pixels
from curate.sources import Expected, Found
from curate.stage.params import parameters

_BITS = 64
SAME = "same bytes"
REPLACED = "replaced"
_BLIND = (
    "bytes differ and nothing can tell whether the picture is the same: set crawl.guard.model, "
    "which looks at the caption, or give the table a column of perceptual hashes (phash)"
)


@parameters
class Guard:
    """How much a picture may have changed."""

    distance: int = 10  # bits of 64 that the perceptual hash of one saved again may differ in
    model: str | None = None  # CLIP that looks at the caption of one with other bytes; null: none
    weights: str | None = None  # both as of score.clip
    reads: str | None = None  # what else the stage depends on: the model
    similarity: float = 0.28  # cosine with its caption that a changed picture needs
    column: str | None = None  # of the table: the cosine of the picture that was, by that model
    drop: float = 0.05  # by which the cosine may be less than that


def phash(data: bytes, max_pixels: int) -> int:
    """Perceptual hash of a picture, 64 bits (`imagehash.phash`).

    All of its pixels are hashed, though a JPEG that its decoder scales, as in the scorer `phash`,
    takes a third of the time: what this hash is compared with was made of whole pictures, by
    others, and of photographs more than half lose 2 bits by scaling, some 8.

    Raises:
        ImageError: it cannot be read.
    """
    from curate import looks

    return looks.code(pixels.decode(data, max_pixels))


def fit(data: bytes, captions: Sequence[str], params: Guard, max_pixels: int) -> float:
    """Cosine of a picture and the caption that fits it best, by the model that is set.

    Raises:
        ImageError: it cannot be read.
        WeightsError: the model cannot be had.
    """
    assert params.model is not None, "the guard has no model to ask"
    return consistency.similarity(params.model, params.weights, data, captions, max_pixels)


def fingerprint(params: Guard) -> str | None:
    """Hash of the model that is set; None where none is.

    Raises:
        WeightsError: it cannot be had.
    """
    return consistency.fingerprint(params.model, params.weights) if params.model else None


def verdict(
    found: Found,
    sha256: str,
    looks: Callable[[], int],
    fits: Callable[[], float],
    params: Guard,
) -> tuple[bool, str]:
    """Whether a picture is the one that was expected, and why.

    Args:
        found: the picture, of which one hash at least is expected.
        sha256: of the file, in hexadecimal digits.
        looks: gives the perceptual hash of the picture; asked only where it decides.
        fits: gives the cosine of the picture with its caption; asked only where it decides.
        params: how much it may have changed.

    Raises:
        ImageError: `looks` or `fits` could not read the picture.
    """
    expected, wrong = found.expected or Expected(), []
    if expected.sha256:
        if expected.sha256.lower() == sha256:
            return True, SAME
        wrong.append(f"sha256 {sha256} instead of {expected.sha256}")
    if expected.md5:
        md5 = hashlib.md5(found.data, usedforsecurity=False).hexdigest()
        if expected.md5.lower() == md5:
            if not wrong:
                return True, SAME
        else:
            wrong.append(f"md5 {md5} instead of {expected.md5}")
    near = ""
    if expected.phash:
        bits = (int(expected.phash, 16) ^ looks()).bit_count()
        if bits > params.distance:
            wrong.append(f"phash is {bits} of {_BITS} bits from {expected.phash}")
            return False, "; ".join(wrong)
        near = f"{bits} of {_BITS} bits of its look changed"
        if params.model is None or not (bits or wrong):
            return True, near
    elif params.model is None:
        return False, "; ".join([*wrong, _BLIND])
    cosine, least = fits(), _least(found, params, seen=bool(near))
    if cosine >= least:
        why = f"{near}, and it fits" if near else "other bytes that fit"
        return True, f"{why} the caption: cosine {cosine:.4f}"
    told = f"cosine with the caption is {cosine:.4f}, less than {least:.4f}"
    return False, "; ".join([*wrong, *([near] if near else []), told])


def _least(found: Found, params: Guard, *, seen: bool) -> float:
    """The cosine that a changed picture needs, which depends on what the one before had.

    Args:
        found: the picture.
        params: how much it may have changed.
        seen: whether it looks like the one before.
    """
    before = found.extra.get(params.column) if params.column else None
    if not isinstance(before, int | float) or not math.isfinite(before):
        return params.similarity
    known = before - params.drop
    return known if seen else max(params.similarity, known)
