"""Retrieval across media: what is written, seen and, say, spoken find each other.

Each is embedded without sight of the others, and compared by the dot product of unit vectors in the
one space of the task `itc` and the contrast of each medium. Recalls are among pairs that were held
out, each beside its chance.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from curate.dataset.errors import ParamsError
from train import draws
from train import media as media_of
from train.batch import Batch, collate
from train.corpus import Corpus
from train.media import SIDES
from train.media_task import OF
from train.model import Model
from train.tasks import ranking, retrieval
from train.text import Words

_READ = 1024  # pairs of which it is seen at a time what they have


def candidates(corpus: Corpus, media: Sequence[str], split: Path | None) -> np.ndarray:
    """Rows of pairs that have some media, of which each kind is another: those to retrieve among.

    Of each group of like pictures one is taken, with all that is said of it, each wording once.

    Args:
        corpus: of the split to measure on; it has the notes of the media.
        media: names, all of which a pair has.
        split: table `record.SPLITS`, whose groups are then used; else each picture is a group.

    Returns:
        Rows of `corpus`, ascending.
    """
    rows = np.flatnonzero(_have(corpus, media))
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


def _have(corpus: Corpus, media: Sequence[str]) -> np.ndarray:
    """Which pairs of a corpus have all of some media, `(n,)` bool."""
    found = np.ones(len(corpus), bool)
    for start in range(0, len(corpus), _READ):
        rows = np.arange(start, min(start + _READ, len(corpus)))
        for note in corpus.notes:
            given = note(rows, rows, 1)
            for name in media:
                if (frames := given.get(f"{name}_frames")) is not None:
                    found[rows] &= frames.numpy() > 0
    return found


@torch.inference_mode()
def vectors(
    model: Model,
    corpus: Corpus,
    rows: np.ndarray,
    words: Words,
    size: int,
    autocast: AbstractContextManager[Any],
    media: Sequence[str],
) -> dict[str, np.ndarray]:
    """Unit vectors of some pairs by kind: captions, pictures and each medium, `(n, D)` each.

    Args:
        model: in evaluation mode.
        corpus: where the rows are.
        rows: of pairs that have the media, `(n,)`.
        words: the tokenizer.
        size: pairs in a batch.
        autocast: context in which the model runs.
        media: names.

    Raises:
        ParamsError: the model was not trained by contrast of one of them.
    """
    for name in media:
        if f"{name}_contrast" not in model.heads:
            raise ParamsError(
                f"{model.name} has no task {name}_contrast whose vectors are compared; pretrain it "
                f"with `objectives: {{itc: {{}}, {name}_contrast: {{}}}}`"
            )
    device = next(model.parameters()).device
    found: dict[str, list[np.ndarray]] = {side: [] for side in ("text", "image", *media)}
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        batch = collate(corpus, some, some, np.ones(len(some), bool), words).to(device)
        with autocast:
            sides = (*model.vectors(batch), *(_of_medium(model, batch, name) for name in media))
        for parts, side in zip(found.values(), sides, strict=True):
            parts.append(side.float().cpu().numpy())
    return {side: np.concatenate(parts) for side, parts in found.items()}


def _of_medium(model: Model, batch: Batch, name: str) -> torch.Tensor:
    """Unit vectors of a batch's pairs in a medium, `(B, D)`."""
    head: Any = model.heads[f"{name}_contrast"]
    one = model.media[name](batch)
    found: torch.Tensor = head.vectors(media_of.alone(model.encoder, one), one.there[:, 1:])
    return found


def measure(
    sides: Mapping[str, np.ndarray], image: np.ndarray, languages: np.ndarray
) -> dict[str, Any]:
    """Recalls of each kind by each other, over all languages together and in each alone.

    Args:
        sides: vectors by kind, `(n, D)` each, as `vectors` gives them.
        image: number of each row's picture, `(n,)`; what is said of one is right for it.
        languages: BCP-47 tag of each row, `(n,)`.

    Returns:
        For two kinds, such as `sound_text`, what `ranking.recalls` gives, as `pairs`; and the same
        by language as `languages`, where candidates are of that language alone, so that hearing
        which one it is does not help; of kinds of which one has a language.
    """
    tags = sorted(set(languages.astype(str)))
    within = {tag: np.flatnonzero(languages == tag) for tag in tags}
    said = [side for side in sides if OF[side] == "said"]
    return {
        "pairs": _pairs(sides, image, np.arange(len(image))),
        "languages": {tag: _pairs(sides, image, rows, said) for tag, rows in within.items()},
    }


def _pairs(
    sides: Mapping[str, np.ndarray],
    image: np.ndarray,
    rows: np.ndarray,
    among: Sequence[str] = SIDES,
) -> dict[str, dict[str, dict[str, float]]]:
    """Recalls of each two kinds of which one is among some, on some rows."""
    _, first, own = np.unique(image[rows], return_index=True, return_inverse=True)
    found = {}
    for one, other in combinations([side for side in SIDES if side in sides], 2):
        if one not in among and other not in among:
            continue
        many, few = (one, other) if OF[one] == "said" else (other, one)
        of_many, of_few = (
            sides[side][rows] if OF[side] == "said" else sides[side][rows][first]
            for side in (many, few)
        )
        alike = of_many @ of_few.T
        right = own if OF[many] != OF[few] else np.arange(len(alike))
        similar = ranking.Similar(alike, alike)
        found[f"{other}_{one}"] = ranking.recalls(similar, right, (few, many))
    return found
