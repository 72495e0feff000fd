"""A model and a held-out split, some of which leaked, in; what it finds and tells apart, out.

By vectors alone, so that every caption is compared with every picture at the cost of one pass.
"""

import dataclasses
from collections.abc import Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from curate.dataset import labels as label_tables
from curate.dataset import record, tables
from curate.dataset.errors import EmptySetError
from train.corpus import Corpus
from train.model import Model
from train.tasks import ranking, retrieval
from train.tasks.ranking import Similar
from train.tasks.retrieval import Asked
from train.text import Words

NEGATIVES = "negatives"  # the labeler of captions that are false by one fact


class Tests(NamedTuple):
    """What is asked.

    Attributes:
        languages: BCP-47 tags; of the first also by source, and about what leaked.
        sources: those whose captions are clean; None: all are.
        least: candidates; what has fewer is not measured.
        asked: candidates and batches.
        split: table of splits, see `retrieval.candidates`.
    """

    languages: tuple[str, ...]
    sources: tuple[str, ...] | None
    least: int
    asked: Asked
    split: Path | None


def measure(
    model: Model,
    corpus: Corpus,
    words: Words,
    tests: Tests,
    leaked: Set[str],
    snapshot: Path,
    labels: Path,
    autocast: AbstractContextManager[Any],
) -> dict[str, Any]:
    """Retrieval and compositional figures.

    Args:
        model: in evaluation mode, with a dual encoder.
        corpus: the split.
        words: the tokenizer.
        tests: what is asked.
        leaked: uids of its pairs whose pictures' copies were planted for training.
        snapshot: tells the pairs' sources.
        labels: folder of the labels, `negatives` among them.
        autocast: context in which the model runs.

    Returns:
        `languages`: by tag what `ranking.recalls` gives among pictures of clean sources that did
        not leak; of the first language also `sources`, by source, and `parts`: the same of `every`
        source, and among those that did leak (`leaked`); `composition`: by kind of changed fact,
        and `all`, how often the caption is nearer to the picture than the one that is false by a
        fact (`accuracy`, chance 0.5), and of how many.

    Raises:
        EmptySetError: the first language has fewer clean candidates than the least.
    """
    source = sources(snapshot, corpus)
    pictures = {corpus.image[row] for row, uid in enumerate(corpus.uids) if uid in leaked}
    held_out = ~np.isin(corpus.image, np.array(sorted(pictures), np.int64))
    trusted = np.ones(len(source), bool)
    if tests.sources is not None:
        trusted = np.isin(source.astype(str), tests.sources)
    told = (model, corpus, words, tests.asked, autocast)
    found: dict[str, Any] = {"languages": {}, "sources": {}, "parts": {}}
    for number, tag in enumerate(tests.languages):
        rows = retrieval.candidates(corpus, tag, tests.asked.candidates, tests.split)
        own, clean = held_out[rows], (held_out & trusted)[rows]
        chosen = {"languages": {tag: clean}}
        if number == 0 and clean.sum() < tests.least:
            raise EmptySetError(
                f"{snapshot}: {clean.sum()} clean held-out pictures are told in {tag!r} and did "
                f"not leak; compare_data.tested.least is {tests.least}"
            )
        if number == 0:
            names = sorted(set(source[rows]))
            chosen["sources"] = {name: own & (source[rows] == name) for name in names}
            chosen["parts"] = {"every": own, "leaked": ~own}
        near = _cosines(*told, rows) if len(rows) else np.zeros((0, 0))
        for kind, parts in chosen.items():
            found[kind] |= {
                name: _recalls(near, some)
                for name, some in parts.items()
                if some.sum() >= tests.least
            }
    return {**found, "composition": _composition(*told, held_out, labels)}


def sources(snapshot: Path, corpus: Corpus) -> np.ndarray:
    """The source of each pair, `(n,)`."""
    rows = tables.read(snapshot / record.MANIFEST_FILE, ["uid", "source"]).to_pydict()
    of = dict(zip(rows["uid"], rows["source"], strict=True))
    return np.array([of[uid] for uid in corpus.uids], object)


def _cosines(
    model: Model,
    corpus: Corpus,
    words: Words,
    asked: Asked,
    autocast: AbstractContextManager[Any],
    rows: np.ndarray,
) -> np.ndarray:
    return retrieval.cosines(model, corpus, rows, rows, words, asked.batch, autocast)


def _recalls(near: np.ndarray, chosen: np.ndarray) -> dict[str, Any]:
    """Recalls among some of the candidates alone."""
    some = near[np.ix_(chosen, chosen)]
    return ranking.recalls(Similar(some, some))


def _composition(
    model: Model,
    corpus: Corpus,
    words: Words,
    asked: Asked,
    autocast: AbstractContextManager[Any],
    held_out: np.ndarray,
    labels: Path,
) -> dict[str, Any]:
    """How often a caption is nearer to its picture than what differs from it in one fact."""
    wanted = pa.array([uid for uid, own in zip(corpus.uids, held_out, strict=True) if own])
    columns = ["uid", "negative", "kind", "caption"]
    rows = label_tables.read(NEGATIVES, NEGATIVES, labels, None, columns, wanted)
    rows = rows.sort_by([("uid", "ascending"), ("negative", "ascending")])
    if rows.num_rows == 0:
        return {}
    place = {uid: row for row, uid in enumerate(corpus.uids)}
    owner = np.array([place[uid] for uid in rows.column("uid").to_pylist()], np.int64)
    false = dataclasses.replace(
        corpus,
        tokens=words.encode(rows.column("caption").to_pylist(), model.plan.text_tokens),
        keys=corpus.keys[owner],
        image=corpus.image[owner],
        notes=(),
    )
    true = dataclasses.replace(corpus, notes=())
    every = np.arange(len(owner))
    right = _own(model, true, owner, words, asked, autocast)
    ahead = right > _own(model, false, every, words, asked, autocast)
    kinds = np.array(rows.column("kind").to_pylist(), object)
    parts = {kind: kinds == kind for kind in sorted(set(kinds.tolist()))}
    return {
        name: {"accuracy": float(ahead[own].mean()), "negatives": int(own.sum())}
        for name, own in {"all": np.ones(len(kinds), bool), **parts}.items()
    }


def _own(
    model: Model,
    corpus: Corpus,
    rows: np.ndarray,
    words: Words,
    asked: Asked,
    autocast: AbstractContextManager[Any],
) -> np.ndarray:
    """Cosine of each row's caption with its own picture, `(n,)`."""
    parts = np.array_split(rows, max(1, -(-len(rows) // asked.batch)))
    told = (words, asked.batch, autocast)
    return np.concatenate(
        [np.diag(retrieval.cosines(model, corpus, part, part, *told)) for part in parts]
    )
