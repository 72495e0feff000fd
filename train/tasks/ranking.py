"""How alike captions and pictures are in, recall at 1, 5 and 10 both ways beside its chance out."""

from typing import Any, NamedTuple

import numpy as np

RANKS = (1, 5, 10)


class Similar(NamedTuple):
    """What captions find pictures by, and what pictures find captions by, `(n, m)` each."""

    of_pictures: np.ndarray
    of_captions: np.ndarray


def reranked(first: np.ndarray, then: np.ndarray, most: int) -> Similar:
    """Similarities of those that one way puts first, by another; the rest are never found.

    Args:
        first: captions by pictures, `(n, m)`.
        then: the same by the other way.
        most: how many are put first, of each caption's pictures and of each picture's captions.
    """
    return Similar(_among(first, then, most), _among(first.T, then.T, most).T)


def _among(first: np.ndarray, then: np.ndarray, most: int) -> np.ndarray:
    """Of each row the other way's values where the first's are among the largest, else -inf."""
    kept = np.argsort(-first, axis=1, kind="stable")[:, :most]
    found = np.full(then.shape, -np.inf, then.dtype)
    np.put_along_axis(found, kept, np.take_along_axis(then, kept, 1), 1)
    return found


def ranks(similar: Similar, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rank of each caption's picture `(n,)`, and of each picture's best caption `(m,)`.

    As the evaluators of Flickr30k and COCO have it; but that a tie counts against the model.

    Args:
        similar: captions by pictures.
        own: the column of each caption's picture, `(n,)`; each picture has a caption.
    """
    pictures, captions = similar
    right = pictures[np.arange(len(own)), own]
    of_pictures = (pictures >= right[:, None]).sum(1)
    best = np.full(captions.shape[1], -np.inf)
    np.maximum.at(best, own, captions[np.arange(len(own)), own])
    others = own[:, None] != np.arange(captions.shape[1])[None, :]
    return of_pictures, 1 + ((captions >= best[None, :]) & others).sum(0)


def recalls(
    similar: Similar, own: np.ndarray | None = None, found: tuple[str, str] = ("image", "text")
) -> dict[str, dict[str, float]]:
    """Recall at 1, 5 and 10 both ways, each with its chance.

    Args:
        similar: captions by pictures.
        own: the column of each caption's picture, `(n,)`; None: the right ones are on the diagonal.
        found: what columns are, and what rows are, where they are not pictures and captions.
    """
    texts, pictures = similar.of_pictures.shape
    own = np.arange(texts) if own is None else own
    told = np.bincount(own, minlength=pictures)  # captions of each picture
    sides = (pictures, np.ones(1, int)), (texts, told)
    figures_of = {}
    for way, (number, right), rank in zip(found, sides, ranks(similar, own), strict=True):
        figures: dict[str, float] = {"candidates": number}
        for k in RANKS:
            chance, recall = _chance(number, right, k), float((rank <= k).mean())
            figures |= {
                f"recall_at_{k}": recall,
                f"chance_at_{k}": chance,
                f"times_chance_at_{k}": recall / chance,
            }
        figures_of[f"{way}_retrieval"] = figures
    return figures_of


def _chance(number: int, right: np.ndarray, first: int) -> float:
    """How often one of the right ones, each query's number of them, is among the first by lot."""
    missed = np.ones(len(right))
    for place in range(min(first, number)):
        missed *= np.maximum(number - right - place, 0) / (number - place)
    return float(1 - missed.mean())


def by_way(ways: dict[str, Similar], own: np.ndarray | None = None) -> dict[str, Any]:
    """`recalls` of the first way, and of the further ones by name."""
    first, *further = ways
    return recalls(ways[first], own) | {name: recalls(ways[name], own) for name in further}
