"""Embeddings of pairs in; how often each side finds the other among all candidates, out.

Recall at k as in Karpathy and Fei-Fei, "Deep Visual-Semantic Alignments" (CVPR 2015), with as
many candidates as pairs, so that a blind guess is right in k of N cases.
"""

from typing import Any

import numpy as np

TOP = (1, 5, 10)


def recalls(images: np.ndarray, texts: np.ndarray) -> dict[str, Any]:
    """Recall in both directions.

    A candidate as similar as the right one counts as ranked before it, so that a model which
    gives everything one embedding finds nothing.

    Args:
        images: (N, D) embeddings of unit length.
        texts: (N, D); row i belongs to image i and to no other.

    Returns:
        For each direction and k: recall (0-1), chance = k / N, and recall over chance.
    """
    similarity = texts @ images.T
    found = {"candidates": len(images)}
    directions = {"text_to_image": similarity, "image_to_text": similarity.T}
    return found | {name: _recall(rows) for name, rows in directions.items()}


def _recall(similarity: np.ndarray) -> dict[str, dict[str, float]]:
    """Of (N, N) similarities, queries in rows; the right candidate lies on the diagonal."""
    number = len(similarity)
    before = (similarity >= similarity.diagonal()[:, None]).sum(axis=1) - 1
    figures = {}
    for k in TOP:
        recall = float((before < k).mean()) if number else 0.0
        chance = min(k / number, 1.0) if number else 1.0
        figures[f"recall_at_{k}"] = {
            "recall": recall,
            "chance": chance,
            "times_chance": recall / chance,
        }
    return figures
