"""Retrieval both ways: among candidates each caption finds its picture, each picture its caption.

Three ways, of which a model has those that its tasks give it: by the matching head, which reads
every caption with every picture (a single-stream model has no vectors to compare, so the number of
candidates is capped); by the dot products of a dual encoder's vectors; and by the head among those
that the dual encoder puts first (Li et al., 2021, ALBEF). Each figure stands beside its chance.
"""

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from curate.dataset import tables
from curate.dataset.errors import EmptySetError
from curate.stage.cluster import progress
from train import draws
from train.batch import Batch, collate
from train.corpus import Corpus
from train.from_pixels import FromPixels
from train.model import Model
from train.tasks import ranking
from train.tasks.ranking import Similar
from train.text import Words

Match = Callable[[Batch], np.ndarray]
"""Log-odds that each caption of a batch belongs to its picture, `(B,)`."""
_HELD = 2**28  # bytes of pixels that stay in memory: each picture is read with every caption


class Asked(NamedTuple):
    """How retrieval is measured.

    Attributes:
        candidates: pictures, and captions, at most.
        rerank: how many of the dual encoder's first the matching head looks at again.
        batch: pairs in a batch.
    """

    candidates: int
    rerank: int
    batch: int


def candidates(corpus: Corpus, language: str, most: int, split: Path | None) -> np.ndarray:
    """Rows to retrieve among: one pair for each group of like pictures and for each wording.

    Args:
        corpus: of the split to measure on.
        language: BCP-47 tag of the captions.
        most: at most so many rows, chosen by uid.
        split: table `record.SPLITS`, whose groups are then used; else each picture is a group.

    Returns:
        Rows of `corpus`, ascending.
    """
    group = groups(corpus, split)
    rows = np.flatnonzero(corpus.languages == language)
    rows = rows[np.argsort(draws.uniform(corpus.keys[rows], 1, "candidates")[:, 0])]
    found: list[int] = []
    seen: set[tuple[str, Any]] = set()
    for row in rows:
        marks = {("group", group[row]), ("wording", corpus.wording[row])}
        if not marks & seen:
            found.append(int(row))
            seen |= marks
    return np.sort(np.array(found[:most], np.int64))


def groups(corpus: Corpus, split: Path | None) -> list[str]:
    """The group of like pictures that each row's is of, `(n,)`; see `candidates` of `split`."""
    names = corpus.originals
    if split is None:
        return names
    table = tables.read(split, ["image", "group"])
    table = table.filter(pc.is_in(table.column("image"), value_set=pa.array(names)))
    of = dict(zip(*(table.column(c).to_pylist() for c in ("image", "group")), strict=True))
    return [of.get(name, name) for name in names]


def scores(
    model: Model,
    corpus: Corpus,
    texts: np.ndarray,
    pictures: np.ndarray,
    words: Words,
    size: int,
    autocast: Any,
) -> np.ndarray:
    """Log-odds of a match of each caption with each picture, `(n, m)`, by a model's head.

    Args:
        model: in evaluation mode.
        corpus: where the rows are.
        texts: rows whose captions are taken, `(n,)`.
        pictures: rows whose pictures are taken, `(m,)`.
        words: the tokenizer.
        size: pairs in a batch.
        autocast: context in which the model runs.
    """
    device = next(model.parameters()).device

    @torch.inference_mode()
    def match(batch: Batch) -> np.ndarray:
        with autocast:
            found: np.ndarray = model.match(batch.to(device)).cpu().numpy()
        return found

    vision = getattr(model, "vision", None)
    with vision.remembering() if isinstance(vision, FromPixels) else nullcontext():
        return judged(match, corpus, texts, pictures, words, size)


def judged(
    match: Match,
    corpus: Corpus,
    texts: np.ndarray,
    pictures: np.ndarray,
    words: Words,
    size: int,
) -> np.ndarray:
    """The same by whatever judges a batch; the other arguments are those of `scores`."""
    found = np.zeros((len(texts), len(pictures)), np.float32)
    order = np.argsort(corpus.tokens.lengths()[texts], kind="stable")  # alike in length together
    said, shown = np.repeat(order, len(pictures)), np.tile(np.arange(len(pictures)), len(texts))
    with progress(found.size, "retrieval", "pairs") as bar:
        for start in range(0, found.size, size):
            text, picture = said[start : start + size], shown[start : start + size]
            rows = texts[text], pictures[picture]
            batch = collate(corpus, *rows, rows[0] == rows[1], words)
            found[text, picture] = match(batch)
            bar.update(len(text))
    return found


@torch.inference_mode()
def cosines(
    model: Model,
    corpus: Corpus,
    texts: np.ndarray,
    pictures: np.ndarray,
    words: Words,
    size: int,
    autocast: Any,
) -> np.ndarray:
    """Cosine of each caption with each picture, `(n, m)`; arguments as those of `scores`."""
    device = next(model.parameters()).device

    def vectors(rows: np.ndarray, side: int) -> np.ndarray:
        found = []
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            batch = collate(corpus, some, some, np.ones(len(some), bool), words)
            with autocast:
                found.append(model.vectors(batch.to(device))[side].float().cpu().numpy())
        return np.concatenate(found)

    return vectors(texts, 0) @ vectors(pictures, 1).T


def similarities(
    model: Model,
    corpus: Corpus,
    texts: np.ndarray,
    pictures: np.ndarray,
    words: Words,
    asked: Asked,
    autocast: AbstractContextManager[Any],
) -> dict[str, Similar]:
    """How alike captions and pictures are by each way that a model has, its own way first.

    Args:
        model: in evaluation mode.
        corpus: where the rows are.
        texts: rows whose captions are taken, `(n,)`.
        pictures: rows whose pictures are taken, `(m,)`.
        words: the tokenizer.
        asked: batches, and what is looked at again.
        autocast: context in which the model runs.

    Returns:
        `matching`, by its head; of a model with a dual encoder also that, and those of them that it
        puts first by the head again, `reranked`; without a head `dual_encoder` alone.

    Raises:
        ParamsError: the model learnt neither to match nor by contrast.
    """
    if corpus.pictures is not None:
        corpus = dataclasses.replace(corpus, pictures=corpus.pictures.holding(_HELD))
    told = (model, corpus, texts, pictures, words, asked.batch, autocast)
    near = cosines(*told) if "itc" in model.heads else None
    if near is not None and not model.matches:
        return {"dual_encoder": Similar(near, near)}
    matching = scores(*told)
    found = {"matching": Similar(matching, matching)}
    if near is not None:
        found["dual_encoder"] = Similar(near, near)
        found["reranked"] = ranking.reranked(near, matching, asked.rerank)
    return found


def measure(
    model: Model,
    corpus: Corpus,
    words: Words,
    asked: Asked,
    language: str,
    split: Path | None,
    autocast: AbstractContextManager[Any],
) -> dict[str, Any]:
    """Retrieval figures of a model on a split.

    Returns:
        Those of `ranking.recalls` by the model's own way, and of its further ones by name; see
        `similarities`.

    Raises:
        EmptySetError: no caption is of that language.
        ParamsError: the model learnt neither to match nor by contrast.
    """
    rows = candidates(corpus, language, asked.candidates, split)
    if not len(rows):
        raise EmptySetError(
            f"no caption is in {language!r} (there are: {', '.join(sorted(set(corpus.languages)))})"
        )
    return ranking.by_way(similarities(model, corpus, rows, rows, words, asked, autocast))
