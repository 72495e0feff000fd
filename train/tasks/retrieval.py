"""Retrieval both ways by the matching head: each caption against all pictures, and the reverse.

A single-stream model has no vectors to compare: every caption is read with every picture. So
the number of candidates is capped, and each figure stands beside its chance.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from curate.dataset import tables
from curate.stage.cluster import progress
from train import draws
from train.batches import collate
from train.corpus import Corpus
from train.model import Model
from train.text import Words

RANKS = (1, 5, 10)


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


def recalls(similarity: np.ndarray) -> dict[str, dict[str, float]]:
    """Recall at 1, 5 and 10 both ways, each with its chance; a tie counts against the model.

    Args:
        similarity: captions by pictures, `(n, n)`; the right ones on the diagonal.
    """
    number = len(similarity)
    right = similarity.diagonal()
    ranks = {
        "image": (similarity >= right[:, None]).sum(1),  # a caption looks for its picture
        "text": (similarity >= right[None, :]).sum(0),  # a picture looks for its caption
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
    language: str,
    most: int,
    size: int,
    split: Path | None,
    autocast: AbstractContextManager[Any],
) -> dict[str, dict[str, float]]:
    """Retrieval figures of a model on a split."""
    rows = candidates(corpus, language, most, split)
    return recalls(scores(model, corpus, rows, words, size, autocast))
