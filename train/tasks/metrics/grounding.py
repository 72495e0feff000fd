"""Phrase grounding: recall of a phrase's region among the 1, 5 and 10 best boxes.

A box is right where its intersection over union is at least a half (Plummer et al., 2015, Flickr30k
Entities). Of a phrase that names several regions two protocols are in use, and both are measured:
`merged` compares with the one box around all (Plummer et al., 2017), `any` with each of them (Li et
al., 2019, VisualBERT); Kamath et al. (2021, MDETR) give both.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from train.tasks.metrics import _overlap, _tally

RANKS = (1, 5, 10)
PROTOCOLS = ("merged", "any")


def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]:
    """Recall at 1, 5 and 10 by both protocols, overall and by kind of phrase.

    Args:
        examples: schema `examples.EXAMPLES`, each of one box or several.
        answers: schema `metrics.ANSWERS`.

    Raises:
        DataError: an example has no box.
    """
    ranks: dict[str, list[list[float]]] = {}
    for boxes, row in _tally.paired(examples, answers, ("boxes", "kind"), "boxes"):
        found = [_rank(boxes or [], right) for right in _regions(_overlap.regions(row))]
        for name in {"", row["kind"]}:
            ranks.setdefault(name, []).append(found)
    whole = _figures(ranks.pop(""))
    return whole | {"kinds": {kind: _figures(ranks[kind]) for kind in sorted(ranks)}}


def _regions(boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What counts as right by each protocol."""
    around = np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])
    return around[None], boxes


def _rank(boxes: Sequence[Sequence[float]], right: np.ndarray) -> float:
    """Place of the first box that is right, from 1; infinite where none is."""
    hits = np.flatnonzero(_overlap.hits(boxes, right))
    return float(hits[0] + 1) if len(hits) else float("inf")


def _figures(ranks: list[list[float]]) -> dict[str, Any]:
    found = np.array(ranks)  # (examples, protocols)
    return {
        f"{protocol}_recall_at_{k}": float((found[:, place] <= k).mean())
        for place, protocol in enumerate(PROTOCOLS)
        for k in RANKS
    } | {"examples": len(found)}
