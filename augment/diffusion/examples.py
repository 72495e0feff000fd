"""Kept training pairs in; small pictures, their captions as tokens, and how often each is shown."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from PIL import Image, ImageOps
from torch import Tensor

from augment.diffusion import conditioning
from augment.made import seed
from curate.dataset import sets, tables
from curate.dataset.errors import EmptySetError
from curate.dataset.languages import primary
from curate.dataset.pictures import decoded
from curate.stage import cluster


class Examples:
    """Pictures with captions, drawn by step alone, so that a resumed run sees the same.

    Args:
        pairs: schema `sets.LOCATED`.
        groups: image -> its group of near-duplicates. A picture of a large group is shown less
            often, by the root of the group's size: one face in six tones is not six faces.
        tokenize: of `conditioning.tokenizer`.
        size: pixels of a side.
        main: language that is told most.

    Raises:
        EmptySetError: no picture can be read.
    """

    def __init__(
        self, pairs: pa.Table, groups: Mapping[str, str], tokenize: Any, size: int, main: str
    ) -> None:
        self.names, self.pictures = _pictures(pairs, size)
        own: dict[str, dict[bool, set[str]]] = defaultdict(lambda: defaultdict(set))
        columns = (pairs.column(name).to_pylist() for name in ("image", "lang", "caption"))
        for image, lang, caption in zip(*columns, strict=True):
            own[image][primary(lang) == main].add(caption)
        texts = sorted({text for some in own.values() for part in some.values() for text in part})
        number = {text: at for at, text in enumerate(texts)}
        self._texts = ["", *texts]  # the first tells nothing
        self._tokens = conditioning.token_ids(tokenize, self._texts)
        self._captions = [
            tuple([number[text] + 1 for text in sorted(own[name][mine])] for mine in (True, False))
            for name in self.names
        ]
        self._groups = {name: groups.get(name, name) for name in self.names}
        sizes = Counter(self._groups.values())
        shown = np.array([sizes[self._groups[name]] ** -0.5 for name in self.names])
        self._chances = shown / shown.sum()

    def draw(
        self, count: int, main_share: float, untold: float, by: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Numbers of some pictures, and the tokens `(count, T)` of a caption of each.

        Args:
            count: of pictures.
            main_share: of the captions that are in the main language, where there are others.
            untold: share of the captions that are empty.
            by: what draws.
        """
        rows = by.choice(len(self.names), count, p=self._chances)
        chances = by.random((count, 3))
        chosen = [
            0 if free < untold else _caption(self._captions[row], which < main_share, place)
            for row, (free, which, place) in zip(rows, chances, strict=True)
        ]
        return torch.from_numpy(rows), self._tokens[chosen]

    def commonest(self, count: int) -> list[tuple[int, str]]:
        """Number and caption of a picture of each of the concepts that most groups show.

        A concept is taken for the last word of a caption, before what a colon adds.

        Args:
            count: of concepts at most.
        """
        given = self._one_of_each()
        shown = Counter(_concept(caption) for _, caption in given)
        first = {_concept(caption): (row, caption) for row, caption in reversed(given)}
        return [first[name] for name in sorted(shown, key=lambda name: (-shown[name], name))][
            :count
        ]

    def _one_of_each(self) -> list[tuple[int, str]]:
        """Number and first caption in the main language of a picture of each group."""
        first: dict[str, tuple[int, str]] = {}
        for row, (name, (own, _)) in enumerate(zip(self.names, self._captions, strict=True)):
            if own:
                first.setdefault(self._groups[name], (row, self._texts[own[0]]))
        order = sorted(first, key=lambda group: seed("one of each", group))
        captions = {first[group][1]: first[group] for group in reversed(order)}
        return list(reversed(captions.values()))


def _concept(caption: str) -> str:
    words = re.findall(r"\w+", caption.partition(":")[0].casefold())
    return words[-1] if words else caption


def _caption(captions: tuple[list[int], ...], main: bool, place: float) -> int:
    """One of the captions in the main language or in others, as there are."""
    own, others = captions
    some = (own or others) if main else (others or own)
    return some[int(place * len(some))]


def _pictures(pairs: pa.Table, size: int) -> tuple[list[str], np.ndarray]:
    """Names, sorted, and `(N, size, size, 3)` uint8 pictures on white."""
    rows = sets.distinct_images(pairs)
    found = {}
    with cluster.progress(rows.num_rows, "decode", "pictures") as bar:
        for name, picture in decoded(rows):
            bar.update()
            if picture is not None:
                whole = ImageOps.pad(picture, (size, size), Image.Resampling.LANCZOS, color="white")
                found[name] = np.asarray(whole)
    if not found:
        raise EmptySetError(f"none of {rows.num_rows} pictures to learn from can be read")
    names = sorted(found)
    return names, np.stack([found[name] for name in names])


def groups(split: Path) -> dict[str, str]:
    """Image -> its group of near-duplicates, of a table of splits."""
    table = tables.read(split, ["image", "group"])
    return dict(zip(*(table.column(name).to_pylist() for name in ("image", "group")), strict=True))
