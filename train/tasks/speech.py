"""Retrieval across senses: what is said, what is written and what is seen find each other.

Each is embedded without sight of the others, and compared by the dot product of unit vectors in the
one space of the tasks `itc` and `sound_contrast`. Recalls are among triples that were held out,
each beside its chance.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from curate.dataset.errors import EmptySetError, ParamsError
from train import draws, media
from train.batch import Batch, collate
from train.corpus import Corpus
from train.model import Model
from train.tasks import ranking, retrieval
from train.text import Words

SENSES = ("image", "text", "sound")


def triples(corpus: Corpus, split: Path | None) -> np.ndarray:
    """Rows of spoken pairs of which each sense is another: the triples to retrieve among.

    Of each group of like pictures one is taken, with all that is said of it, each wording once.

    Args:
        corpus: of the split to measure on; it has the note `sound`.
        split: table `record.SPLITS`, whose groups are then used; else each picture is a group.

    Returns:
        Rows of `corpus`, ascending.

    Raises:
        EmptySetError: no caption is spoken.
    """
    every = np.arange(len(corpus))
    frames = next(n["sound_frames"] for n in _notes(corpus, every) if "sound_frames" in n)
    rows = every[frames.numpy() > 0]
    if not len(rows):
        raise EmptySetError("no caption of this split is spoken")
    rows = rows[np.argsort(draws.uniform(corpus.keys[rows], 1, "triples")[:, 0])]
    group = retrieval.groups(corpus, split)
    picture: dict[str, int] = {}
    said: set[int] = set()
    found = []
    for row in rows:
        image = int(corpus.image[row])
        alike = picture.setdefault(group[row], image) == image
        if alike and int(corpus.wording[row]) not in said:
            found.append(int(row))
            said.add(int(corpus.wording[row]))
    return np.sort(np.array(found, np.int64))


def _notes(corpus: Corpus, rows: np.ndarray) -> list[dict[str, torch.Tensor]]:
    """What the notes of a corpus say of some of its pairs."""
    return [note(rows, rows, int(corpus.tokens.lengths()[rows].max())) for note in corpus.notes]


@torch.inference_mode()
def vectors(
    model: Model,
    corpus: Corpus,
    rows: np.ndarray,
    words: Words,
    size: int,
    autocast: AbstractContextManager[Any],
) -> dict[str, np.ndarray]:
    """Unit vectors of some pairs by sense, `(n, D)` each.

    Args:
        model: in evaluation mode.
        corpus: where the rows are.
        rows: of pairs that are spoken, `(n,)`.
        words: the tokenizer.
        size: pairs in a batch.
        autocast: context in which the model runs.

    Raises:
        ParamsError: the model was not trained by contrast of sounds.
    """
    if "sound_contrast" not in model.heads:
        raise ParamsError(
            f"{model.name} has no task sound_contrast by whose vectors sounds are compared; "
            "pretrain it with `objectives: {itc: {}, sound_contrast: {}}`"
        )
    device = next(model.parameters()).device
    found: dict[str, list[np.ndarray]] = {sense: [] for sense in SENSES}
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        batch = collate(corpus, some, some, np.ones(len(some), bool), words).to(device)
        with autocast:
            captions, pictures = model.vectors(batch)
            heard = _heard(model, batch)
        for sense, side in zip(SENSES, (pictures, captions, heard), strict=True):
            found[sense].append(side.float().cpu().numpy())
    return {sense: np.concatenate(parts) for sense, parts in found.items()}


def _heard(model: Model, batch: Batch) -> torch.Tensor:
    """Unit vectors of a batch's sounds, `(B, D)`."""
    head: Any = model.heads["sound_contrast"]
    sounds = model.media["sound"](batch)
    found: torch.Tensor = head.vectors(media.alone(model.encoder, sounds), sounds.there[:, 1:])
    return found


def measure(
    sides: Mapping[str, np.ndarray], image: np.ndarray, languages: np.ndarray
) -> dict[str, Any]:
    """Recalls of each sense by each other, over all languages together and in each alone.

    Args:
        sides: vectors by sense, `(n, D)` each, as `vectors` gives them.
        image: number of each triple's picture, `(n,)`; what is said of one is right for it.
        languages: BCP-47 tag of each triple, `(n,)`.

    Returns:
        For two senses, such as `sound_text`, what `ranking.recalls` gives, as `pairs`; and the same
        by language as `languages`, where candidates are of that language alone, so that hearing
        which one it is does not help.
    """
    tags = sorted(set(languages.astype(str)))
    within = {tag: np.flatnonzero(languages == tag) for tag in tags}
    return {
        "pairs": _pairs(sides, image, np.arange(len(image))),
        "languages": {tag: _pairs(sides, image, rows) for tag, rows in within.items()},
    }


def _pairs(
    sides: Mapping[str, np.ndarray], image: np.ndarray, rows: np.ndarray
) -> dict[str, dict[str, dict[str, float]]]:
    _, first, own = np.unique(image[rows], return_index=True, return_inverse=True)
    picture = sides["image"][rows][first]
    told, heard = sides["text"][rows], sides["sound"][rows]
    each = np.arange(len(rows))
    return {
        f"{one}_{other}": ranking.recalls(ranking.Similar(alike, alike), right, (other, one))
        for one, other, alike, right in (
            ("text", "image", told @ picture.T, own),
            ("sound", "image", heard @ picture.T, own),
            ("sound", "text", heard @ told.T, each),
        )
    }
