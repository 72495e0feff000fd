"""Retrieval in one language after another, each beside another language on the same pictures.

Figures of several languages can only be compared among as many candidates, and are the better
compared on the same pictures (Thapliyal et al., 2022: Crossmodal-3600): pictures that are told in
most of the languages come first, and each language has as many as that which has the fewest. A
language in which too few pictures are told is left out. Each is measured beside what the model
reaches by the captions of the same pictures in one language that it may know better.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from curate.dataset.errors import EmptySetError
from train import draws
from train.corpus import Corpus
from train.model import Model
from train.tasks import ranking, retrieval
from train.tasks.retrieval import Asked
from train.text import Words


class Told(NamedTuple):
    """Pictures that are told in two languages, row by row.

    Attributes:
        own: rows of the captions in the one, `(n,)`.
        beside: rows of those in the other, `(n,)`.
    """

    own: np.ndarray
    beside: np.ndarray


def candidates(
    corpus: Corpus, languages: Sequence[str], beside: str, split: Path | None
) -> dict[str, Told]:
    """Of each language the pairs to retrieve among, in the order in which they are taken.

    As in `retrieval.candidates`, no two are of like pictures or of one wording, in either language.

    Args:
        corpus: of the split to measure on.
        languages: BCP-47 tags.
        beside: tag of the other language, which may be one of them.
        split: table `record.SPLITS`, whose groups are then used; else each picture is a group.
    """
    groups = retrieval.groups(corpus, split)
    lot = np.argsort(draws.uniform(corpus.keys, 1, "languages")[:, 0], kind="stable")
    rows = {
        tag: dict(zip(corpus.image[some].tolist(), some.tolist(), strict=True))
        for tag in {*languages, beside}
        for some in [lot[corpus.languages[lot] == tag]]
    }
    pictures = corpus.regions.names.to_pylist()
    chance = draws.uniform(draws.keys(pictures), 1, "languages")[:, 0]
    number = np.array([sum(p in rows[tag] for tag in languages) for p in range(len(pictures))])
    order = np.lexsort((chance, -number)).tolist()
    return {tag: _told(corpus, rows[tag], rows[beside], order, groups) for tag in languages}


def _told(
    corpus: Corpus,
    own: Mapping[int, int],
    beside: Mapping[int, int],
    order: Sequence[int],
    groups: Sequence[str],
) -> Told:
    """The pictures of an order that both languages tell, each unlike those before."""
    found: list[tuple[int, int]] = []
    seen: set[tuple[str, Any]] = set()
    for picture in order:
        if picture in own and picture in beside:
            pair = own[picture], beside[picture]
            wordings = zip(("own", "beside"), corpus.wording[[*pair]].tolist(), strict=True)
            marks = {("group", groups[pair[0]]), *wordings}
            if not marks & seen:
                found.append(pair)
                seen |= marks
    return Told(*np.array(found, np.int64).reshape(-1, 2).T)


def measure(
    model: Model,
    corpus: Corpus,
    words: Words,
    asked: Asked,
    languages: Sequence[str],
    beside: str,
    least: int,
    split: Path | None,
    autocast: AbstractContextManager[Any],
) -> dict[str, Any]:
    """Retrieval figures of a model in several languages.

    Args:
        model: in evaluation mode.
        corpus: of the split to measure on.
        words: the tokenizer.
        asked: how retrieval is measured.
        languages: BCP-47 tags.
        beside: tag of the language that each is set beside.
        least: pictures; a language with fewer is left out.
        split: as in `candidates`.
        autocast: context in which the model runs.

    Returns:
        `candidates`, of each language; `shared`, the pictures among them that all have;
        `languages`: of each tag `ranking.by_way`, and under `beside` the same of the other
        language by its tag; `left_out`: of each tag its candidates.

    Raises:
        EmptySetError: no language has enough.
        ParamsError: the model learnt neither to match nor by contrast.
    """
    there = candidates(corpus, languages, beside, split)
    sizes = {tag: len(told.own) for tag, told in there.items()}
    taken = [tag for tag in languages if sizes[tag] >= max(1, least)]
    if not taken:
        told_in = ", ".join(f"{tag}: {size}" for tag, size in sizes.items())
        raise EmptySetError(
            f"no language has {least} pictures to retrieve among that are also told in {beside!r} "
            f"({told_in or 'none is asked for'}); lower `least` or name others"
        )
    there = candidates(corpus, taken, beside, split)  # those told in most of the languages taken
    number = min(asked.candidates, *(len(told.own) for told in there.values()))
    known: dict[bytes, dict[str, Any]] = {}

    def figures(rows: np.ndarray) -> dict[str, Any]:
        key = rows.tobytes()
        if key not in known:
            ways = retrieval.similarities(model, corpus, rows, rows, words, asked, autocast)
            known[key] = ranking.by_way(ways)
        return known[key]

    found, shared = {}, None
    for tag in taken:
        own, other = (np.sort(rows[:number]) for rows in there[tag])
        pictures = set(corpus.image[own].tolist())
        shared = pictures if shared is None else shared & pictures
        found[tag] = {**figures(own), "beside": {beside: figures(other)}}
    return {
        "candidates": number,
        "shared": len(shared or ()),
        "languages": found,
        "left_out": {tag: size for tag, size in sizes.items() if tag not in taken},
    }
