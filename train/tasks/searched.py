"""A split of captions with pictures in, and who compares them; how well each finds the other, out.

A caption looks for its picture among all pictures of the split, a picture for any of its captions
among all of its language, as the evaluators of Flickr30k and COCO have it (Karpathy & Fei-Fei,
2015). Each language is measured by itself. Pictures without regions are no candidates.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from train import draws
from train.corpus import Corpus
from train.model import Model
from train.tasks import ranking, retrieval
from train.tasks.ranking import Similar
from train.tasks.retrieval import Asked
from train.text import Words

FOUND = pa.schema(
    [
        pa.field("lang", pa.string(), nullable=False),  # BCP-47
        pa.field("way", pa.string(), nullable=False),  # what was looked for: image, or text
        pa.field("asked", pa.string(), nullable=False),  # name of the example, or of the picture
        pa.field("text", pa.string()),  # of the example
        pa.field("rank", pa.int32(), nullable=False),  # of the right one that was found first
        pa.field("right", pa.list_(pa.string()), nullable=False),  # names of pictures or examples
        pa.field("found", pa.list_(pa.string()), nullable=False),  # the likeliest first
    ]
)
"""What was found by the model's own way, for people."""
KEY = ("lang", "way", "asked")


class Candidates(NamedTuple):
    """Captions of one language, and their pictures.

    Attributes:
        texts: rows of the captions, `(n,)`.
        pictures: a row of each picture, `(m,)`.
        own: place in `pictures` of each caption's, `(n,)`.
    """

    texts: np.ndarray
    pictures: np.ndarray
    own: np.ndarray


Ways = Callable[[Candidates], dict[str, Similar]]
"""How alike candidates are by each way that someone has, their own way first."""


def candidates(corpus: Corpus, language: str, most: int) -> Candidates:
    """All captions of a language with their pictures; of many, so many pictures by lot.

    Args:
        corpus: of the split.
        language: BCP-47 tag.
        most: pictures at most; 0: all.
    """
    texts = np.flatnonzero(corpus.languages == language)
    images, pictures, own = np.unique(corpus.image[texts], return_index=True, return_inverse=True)
    names = corpus.regions.names.take(pa.array(images)).to_pylist()
    lot = np.array([draws.number("candidates", name) for name in names], np.uint64)
    kept = np.sort(np.argsort(lot, kind="stable")[: most or None])
    place = np.full(len(images), -1)
    place[kept] = np.arange(len(kept))
    of_kept = place[own] >= 0
    return Candidates(texts[of_kept], texts[pictures[kept]], place[own[of_kept]])


def by_model(
    model: Model,
    corpus: Corpus,
    words: Words,
    asked: Asked,
    autocast: AbstractContextManager[Any],
) -> Ways:
    """The ways of a model, see `retrieval.similarities`.

    Args:
        model: in evaluation mode; one that learnt neither to match nor by contrast has no way.
        corpus: a split of the task.
        words: the tokenizer.
        asked: how it is measured.
        autocast: context in which the model runs.
    """
    return lambda some: retrieval.similarities(model, corpus, *some[:2], words, asked, autocast)


def measured(corpus: Corpus, most: int, ways: Ways) -> tuple[dict[str, Any], pa.Table]:
    """How well captions and pictures find each other, and what was found.

    Args:
        corpus: a split of the task.
        most: pictures of a language at most; 0: all.
        ways: how alike they are.

    Returns:
        `mean_recall`, the mean over ranks, ways and languages (mR of UC2: Zhou et al., 2021); what
        it is by lot; the recalls of each language, see `ranking.by_way`; and a table.
    """
    figures: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for language in sorted(set(corpus.languages.tolist())):
        some = candidates(corpus, language, most)
        similar = ways(some)
        figures[language] = ranking.by_way(similar, some.own)
        found = _found(corpus, some, next(iter(similar.values())))
        rows += [{"lang": language, **row} for row in found]
    means = {f"mean_{one}": _mean(figures, one) for one in ("recall", "chance")}
    return means | figures, pa.Table.from_pylist(rows, FOUND)


def _mean(figures: dict[str, Any], name: str) -> float:
    """The mean of a figure of each rank over both ways and all languages."""
    ways = [own[f"{way}_retrieval"] for own in figures.values() for way in ("image", "text")]
    return float(np.mean([way[f"{name}_at_{k}"] for way in ways for k in ranking.RANKS]))


def _found(corpus: Corpus, some: Candidates, similar: Similar) -> Iterator[dict[str, Any]]:
    """Rows of `FOUND` without their language."""
    examples = [corpus.uids[row] for row in some.texts]
    images = corpus.regions.names.take(pa.array(corpus.image[some.pictures])).to_pylist()
    of_captions, of_pictures = ranking.ranks(similar, some.own)
    for place, row in enumerate(some.texts):
        yield {
            "way": "image",
            "asked": examples[place],
            "text": corpus.captions[row],
            "rank": of_captions[place],
            "right": [images[some.own[place]]],
            "found": [images[at] for at in _first(similar.of_pictures[place])],
        }
    for place, image in enumerate(images):
        yield {
            "way": "text",
            "asked": image,
            "text": None,
            "rank": of_pictures[place],
            "right": [examples[at] for at in np.flatnonzero(some.own == place)],
            "found": [examples[at] for at in _first(similar.of_captions[:, place])],
        }


def _first(similarity: np.ndarray) -> np.ndarray:
    return np.argsort(-similarity, kind="stable")[: ranking.RANKS[-1]]
