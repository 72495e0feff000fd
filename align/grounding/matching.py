"""Embedded phrases and regions of one picture in; the regions of each phrase, best first, out."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import Field

from align.grounding.phrases import Phrase
from align.grounding.transport import transport
from curate.stage.params import parameters


@parameters
class Rule:
    """When a phrase is said to name a region."""

    least: Annotated[float, Field(ge=-1, le=1)] = 0.3  # cosine at which a match is as good as none
    temperature: Annotated[float, Field(gt=0)] = 0.06  # of the cosines
    sure: Annotated[float, Field(ge=0, le=1)] = 0.5  # share of a region, from which on it is named


class Match(NamedTuple):
    """What is said of one phrase."""

    ranked: np.ndarray  # every region, the likeliest first, (n,)
    shares: np.ndarray  # theirs, 0-1, (n,)
    named: int  # how many of the first it names; 0: unsure, nothing is said


def match(
    phrases: np.ndarray, regions: np.ndarray, counts: list[int | None], rule: Rule
) -> list[Match]:
    """Match the phrases of a caption with the regions of its picture.

    A phrase names no more regions than things; one of several things as many as are its own.

    Args:
        phrases: unit vectors `(m, E)`.
        regions: unit vectors `(n, E)`, the likeliest thing first; n is 1 or more.
        counts: things that each phrase names; None: several.
        rule: when it does.
    """
    if not len(phrases):
        return []
    number = len(regions)
    cosines = phrases.astype(float) @ regions.astype(float).T
    most = np.array([number if c is None else min(max(c, 1), number) for c in counts])
    plan = transport(cosines, most, rule.least, rule.temperature)
    found = []
    for row, limit in zip(plan, most, strict=True):
        order = np.argsort(-row, kind="stable")
        shares = row[order]
        found.append(Match(order, shares, int((shares[:limit] >= rule.sure).sum())))
    return found


def match_caption(
    said: Sequence[Phrase], regions: np.ndarray, of_words: Mapping[str, np.ndarray], rule: Rule
) -> list[Match]:
    """Match all phrases of a caption with the regions of its picture.

    Args:
        said: the phrases.
        regions: as of `match`.
        of_words: words of a phrase -> its unit vector `(E,)`.
        rule: as of `match`.
    """
    if not said:
        return []
    vectors = np.stack([of_words[phrase.words] for phrase in said])
    return match(vectors, regions, [phrase.things for phrase in said], rule)


def named_boxes(
    said: Sequence[Phrase], matches: Sequence[Match], boxes: np.ndarray
) -> dict[int, np.ndarray]:
    """Boxes `(k, 4)` of what each phrase names, by its node; those that are unsure name nothing.

    Args:
        said: phrases of a caption.
        matches: what `match_caption` says of them.
        boxes: of the picture's regions, `(n, 4)`.
    """
    return {
        phrase.node: boxes[match.ranked[: match.named]]
        for phrase, match in zip(said, matches, strict=True)
        if match.named
    }
