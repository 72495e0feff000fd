"""Predicted and true boxes of phrases in; recall, pointing game and alignment errors out.

- Recall@1: the first region overlaps a box of the phrase (`any`), or the box around its regions
  that around its boxes (`merged`), by an intersection over union of 0.5 or more (Plummer et al.,
  "Flickr30k Entities", 2015, and the protocols that it left open for phrases of several boxes).
- Pointing game: the centre of the first region is in a box of the phrase (Zhang et al., 2016).
- Alignment error rate, 1 - (|A n S| + |A n P|) / (|A| + |S|) (Och and Ney, 2003): a link joins a
  phrase and a thing; a predicted region is the thing that it overlaps most, by 0.5 or more, else a
  thing of its own that no link of truth has. Sure are things seen by half, possible are all.

Recall and pointing look at the first region, whether it was sure enough to be named or not.
"""

from typing import NamedTuple

import numpy as np

from align.boxes import around
from curate.dataset.boxes import over_union

OVERLAP = 0.5
_SEEN = 0.5  # share of its pixels that nothing covers, from which on a link to a thing is sure


class Judged(NamedTuple):
    """What a phrase's regions are worth; counts are summed over phrases."""

    any: bool
    merged: bool
    pointed: bool
    named: bool  # it is said to name a region
    links: int  # of A
    right: int  # links of A in S
    possible: int  # links of A in P
    sure: int  # links of S


def judge(ranked: np.ndarray, named: int, true: np.ndarray, visible: np.ndarray) -> Judged:
    """Judge the regions of one phrase.

    Args:
        ranked: boxes of all regions, the likeliest first, `(n, 4)`, n 1 or more.
        named: how many of the first the phrase is said to name; 0: unsure.
        true: boxes of what it names, `(k, 4)`, k 1 or more.
        visible: share of their pixels that nothing covers, `(k,)`.
    """
    found = over_union(ranked[: max(named, 1)], true)
    centre = (ranked[0, :2] + ranked[0, 2:]) / 2
    pointed = ((true[:, :2] <= centre) & (centre <= true[:, 2:])).all(1).any()
    merged = over_union(around(ranked[: max(named, 1)])[None], around(true)[None])[0, 0]
    linked = {int(row.argmax()) for row in found[:named] if row.max() >= OVERLAP}
    seen = set(np.flatnonzero(visible >= _SEEN).tolist())
    return Judged(
        any=bool(found[0].max() >= OVERLAP),
        merged=bool(merged >= OVERLAP),
        pointed=bool(pointed),
        named=named > 0,
        links=len(linked) + int((found[:named].max(1) < OVERLAP).sum()),
        right=len(linked & seen),
        possible=len(linked),
        sure=len(seen),
    )


def missed(visible: np.ndarray) -> Judged:
    """Of a phrase that was never asked about."""
    return Judged(
        any=False, merged=False, pointed=False, named=False,
        links=0, right=0, possible=0, sure=int((visible >= _SEEN).sum()),
    )  # fmt: skip


def figures(judged: list[Judged]) -> dict[str, float | int | None]:
    """Figures of many phrases; None where there is none."""
    if not judged:
        keys = ("recall_any", "recall_merged", "pointing", "named", "pointing_named")
        return {"phrases": 0, **dict.fromkeys((*keys, "alignment_error"))}
    values = np.array(judged, float)
    total = dict(zip(Judged._fields, values.sum(0).tolist(), strict=True))
    answered = [j for j in judged if j.named]
    links = total["links"] + total["sure"]
    return {
        "phrases": len(judged),
        "recall_any": total["any"] / len(judged),
        "recall_merged": total["merged"] / len(judged),
        "pointing": total["pointed"] / len(judged),
        "named": len(answered) / len(judged),
        "pointing_named": (sum(j.pointed for j in answered) / len(answered) if answered else None),
        "alignment_error": (1 - (total["right"] + total["possible"]) / links if links else None),
    }
