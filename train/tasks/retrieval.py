"""Retrieval both ways: among candidates each caption finds its picture, each picture its caption.

Three ways, of which a model has those that its tasks give it: by the matching head, which reads
every caption with every picture (a single-stream model has no vectors to compare, so the number of
candidates is capped); by the dot products of a dual encoder's vectors; and by the head among those
that the dual encoder puts first (Li et al., 2021, ALBEF). Each figure stands beside its chance.
"""

import dataclasses
from contextlib import AbstractContextManager
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
from train.batch import collate
from train.corpus import Corpus
from train.model import Model
from train.text import Words

RANKS = (1, 5, 10)
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
    names = corpus.originals
    groups: dict[str, str] = {}
    if split is not None:
        table = tables.read(split, ["image", "group"])
        table = table.filter(pc.is_in(table.column("image"), value_set=pa.array(names)))
        groups = dict(zip(*(table.column(c).to_pylist() for c in ("image", "group")), strict=True))
    rows = np.flatnonzero(corpus.languages == language)
    rows = rows[np.argsort(draws.uniform(corpus.keys[rows], 1, "candidates")[:, 0])]
    found: list[int] = []
    seen: set[tuple[str, Any]] = set()
    for row in rows:
        marks = {("group", groups.get(names[row], names[row])), ("wording", corpus.wording[row])}
        if not marks & seen:
            found.append(int(row))
            seen |= marks
    return np.sort(np.array(found[:most], np.int64))


@torch.inference_mode()
def scores(
    model: Model, corpus: Corpus, rows: np.ndarray, words: Words, size: int, autocast: Any
) -> np.ndarray:
    """Log-odds of a match of each caption (row) with each picture (column), `(n, n)`.

    Args:
        model: in evaluation mode.
        corpus: where the rows are.
        rows: candidates.
        words: the tokenizer.
        size: pairs in a batch.
        autocast: context in which the model runs.
    """
    device = next(model.parameters()).device
    number = len(rows)
    found = np.zeros((number, number), np.float32)
    order = np.argsort(corpus.tokens.lengths()[rows], kind="stable")  # alike in length together
    texts, pictures = np.repeat(order, number), np.tile(np.arange(number), number)
    with progress(number * number, "retrieval", "pairs") as bar:
        for start in range(0, len(texts), size):
            text, picture = texts[start : start + size], pictures[start : start + size]
            batch = collate(corpus, rows[text], rows[picture], text == picture, words)
            with autocast:
                found[text, picture] = model.match(batch.to(device)).cpu().numpy()
            bar.update(len(text))
    return found


@torch.inference_mode()
def cosines(
    model: Model, corpus: Corpus, rows: np.ndarray, words: Words, size: int, autocast: Any
) -> np.ndarray:
    """Cosine of each caption (row) with each picture (column), `(n, n)`; arguments as `scores`."""
    device = next(model.parameters()).device
    captions, pictures = [], []
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        batch = collate(corpus, some, some, np.ones(len(some), bool), words)
        with autocast:
            caption, picture = model.vectors(batch.to(device))
        captions.append(caption.float().cpu().numpy())
        pictures.append(picture.float().cpu().numpy())
    return np.concatenate(captions) @ np.concatenate(pictures).T


def reranked(first: np.ndarray, then: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Similarities of those that one way puts first, by another; the rest are never found.

    Args:
        first: captions by pictures, `(n, n)`.
        then: the same by the other way.
        most: how many are put first, of each caption's pictures and of each picture's captions.

    Returns:
        What captions find pictures by, and what pictures find captions by, each `(n, n)`.
    """
    return _among(first, then, most), _among(first.T, then.T, most).T


def _among(first: np.ndarray, then: np.ndarray, most: int) -> np.ndarray:
    """Of each row the other way's values where the first's are among the largest, else -inf."""
    kept = np.argsort(-first, axis=1, kind="stable")[:, :most]
    found = np.full(then.shape, -np.inf, then.dtype)
    np.put_along_axis(found, kept, np.take_along_axis(then, kept, 1), 1)
    return found


def recalls(
    similarity: np.ndarray, of_captions: np.ndarray | None = None
) -> dict[str, dict[str, float]]:
    """Recall at 1, 5 and 10 both ways, each with its chance; a tie counts against the model.

    Args:
        similarity: captions by pictures, `(n, n)`; the right ones on the diagonal.
        of_captions: the same where pictures look for captions, if it is other.
    """
    number = len(similarity)
    back = similarity if of_captions is None else of_captions
    ranks = {  # a caption looks for its picture, and a picture for its caption
        "image": (similarity >= similarity.diagonal()[:, None]).sum(1),
        "text": (back >= back.diagonal()[None, :]).sum(0),
    }
    found = {}
    for way, rank in ranks.items():
        figures: dict[str, float] = {"candidates": number}
        for k in RANKS:
            chance = min(1.0, k / number)
            recall = float((rank <= k).mean())
            figures |= {
                f"recall_at_{k}": recall,
                f"chance_at_{k}": chance,
                f"times_chance_at_{k}": recall / chance,
            }
        found[f"{way}_retrieval"] = figures
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
        Those of `recalls` by the matching head, or by the dual encoder of a model without one; of
        a model with both, also under `dual_encoder` and `reranked`.

    Raises:
        EmptySetError: no caption is of that language.
        ParamsError: the model learnt neither to match nor by contrast.
    """
    rows = candidates(corpus, language, asked.candidates, split)
    if not len(rows):
        raise EmptySetError(
            f"no caption is in {language!r} (there are: {', '.join(sorted(set(corpus.languages)))})"
        )
    if corpus.pictures is not None:
        corpus = dataclasses.replace(corpus, pictures=corpus.pictures.holding(_HELD))
    told = (model, corpus, rows, words, asked.batch, autocast)
    near = cosines(*told) if "itc" in model.heads else None
    if near is not None and "itm" not in model.heads:
        return recalls(near)
    matching = scores(*told)
    found: dict[str, Any] = recalls(matching)
    if near is not None:
        found["dual_encoder"] = recalls(near)
        found["reranked"] = recalls(*reranked(near, matching, asked.rerank))
    return found
