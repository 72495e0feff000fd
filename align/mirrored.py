"""Pairs and the pairs they were made from in; whether captions name their pictures' sides, out.

That a picture is mirrored is seen in its pixels, not taken from its recipe: it is more like its
parent's mirror image than like its parent. Where it is, the caption must be the parent's with each
word for a side exchanged for its opposite, and no other sign changed; where it is not, both must
name the same sides. That is asked in every language that has words for left and right
(`curate.dataset.sides`), without the rules by which captions are edited.
"""

import contextlib
import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from align import changed
from curate.dataset import pixels, sides
from curate.dataset.errors import ImageError
from curate.dataset.languages import primary
from curate.dataset.words import SPACELESS

_LOOKED_AT = 64  # pixels of a side
_ALIKE = 0.5  # least correlation with the parent, or its mirror image, of a picture that shows it
_APART = 0.02  # least difference of the two, below which a picture is too symmetric to tell

Row = dict[str, Any]


def judge(made: Sequence[Row], parents: Mapping[str, Row]) -> Mapping[str, bool]:
    """Uid -> whether a made caption names the sides of its picture, where that can be told.

    Told it is where the caption or its parent's names a side, both are of one language, and the
    picture is another than the parent's but shows it. Of one too symmetric to tell how, it is told
    where the caption is wrong either way.

    Args:
        made: rows of schema `sets.LOCATED`.
        parents: rows of the same schema by uid.
    """
    asked = [(row, parents[row["parent"]]) for row in made if row["parent"] in parents]
    found = {}
    for (row, before), one, other in changed.read([both for both in asked if _asked(*both)]):
        with contextlib.suppress(ImageError):  # scorers of pictures tell of it
            verdicts = {
                agree(row["caption"], before["caption"], row["lang"], is_mirrored=turned)
                for turned in shown(one, other)
            }
            if len(verdicts) == 1:
                found[row["uid"]] = verdicts.pop()
    return found


def _asked(row: Row, before: Row) -> bool:
    if row["image"] == before["image"] or primary(row["lang"]) != primary(before["lang"]):
        return False
    return any(named(one["caption"], row["lang"]) for one in (row, before))


def named(caption: str, lang: str) -> list[str]:
    """The words for sides in a caption, lower case, in its order; none of a language without."""
    return [word.casefold() for word in _parts(caption, lang)[1::2]]


def agree(caption: str, before: str, lang: str, *, is_mirrored: bool) -> bool:
    """Whether a made caption says of its picture's sides what its parent's says of its own.

    Args:
        caption: of the made pair.
        before: its parent's.
        lang: BCP-47 tag of both.
        is_mirrored: the picture is its parent's mirror image. A word for a side that has no
            opposite cannot be right there.
    """
    if not is_mirrored:
        return named(caption, lang) == named(before, lang)
    known = sides.of(lang)
    opposites = known.opposites if known else {}
    others = [opposites.get(word) for word in named(before, lang)]
    rest, rest_before = (_parts(text, lang)[::2] for text in (caption, before))
    return named(caption, lang) == others and rest == rest_before


def _parts(caption: str, lang: str) -> list[str]:
    """A caption cut at its words for sides: what is before, the word, what is between, ..."""
    pattern = _pattern(primary(lang))
    text = unicodedata.normalize("NFC", caption)
    return pattern.split(text) if pattern else [text]


@functools.cache
def _pattern(lang: str) -> re.Pattern[str] | None:
    """One group: any word for a side, whole where the script parts its words."""
    known = sides.of(lang)
    if known is None:
        return None
    words = sorted({*known.words, *known.opposites}, key=lambda word: (-len(word), word))
    choices = "|".join(re.escape(word).replace(r"\*", r"[^\W_]*") for word in words)
    if SPACELESS.search(choices):
        return re.compile(f"({choices})")
    return re.compile(rf"(?<![^\W_])({choices})(?![^\W_])", re.IGNORECASE)


def shown(data: bytes, parent: bytes) -> frozenset[bool]:
    """The ways in which a picture may show another one: mirrored, not, either, or not at all.

    Args:
        data: the picture, encoded.
        parent: the other one, encoded.

    Raises:
        ImageError: either is no picture.
    """
    one, other = _seen(data), _seen(parent)
    straight, turned = _correlation(one, other), _correlation(one, other[:, ::-1])
    if max(straight, turned) < _ALIKE:
        return frozenset()
    if abs(straight - turned) < _APART:
        return frozenset((True, False))
    return frozenset([turned > straight])


def _seen(data: bytes) -> NDArray[np.float64]:
    grey = pixels.decode(data).convert("L")
    return np.asarray(grey.resize((_LOOKED_AT, _LOOKED_AT), Image.Resampling.BOX), np.float64)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's; 0 where one of them is of one grey."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size else 0.0
