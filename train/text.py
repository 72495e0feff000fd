"""Captions to tokens: the tokenizer of a model folder, and captions as rows of token ids."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tokenizers import Tokenizer

from curate.dataset.errors import WeightsError
from curate.dataset.words import SPACELESS

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")
_ROLES = {"pad": "pad_token", "start": "cls_token", "end": "sep_token", "mask": "mask_token"}
MARK = "\u2581"  # what stands for the space before a word (SentencePiece)
_ALSO = {"start": "bos_token", "end": "eos_token"}


class Tokens(NamedTuple):
    """Captions of different length, end to end.

    Attributes:
        ids: token ids of all captions, `(total,)` int32, the start and end token included.
        starts: where each caption begins, `(n + 1,)` int64.
    """

    ids: np.ndarray
    starts: np.ndarray

    def lengths(self) -> np.ndarray:
        """Tokens in each caption, `(n,)`."""
        return np.diff(self.starts)

    def padded(self, rows: np.ndarray, pad: int) -> np.ndarray:
        """The captions of some rows side by side, `(len(rows), longest)` int64."""
        first, length = self.starts[rows], self.lengths()[rows]
        column = np.arange(int(length.max(initial=1)))[None, :]
        inside = column < length[:, None]
        where = np.where(inside, first[:, None] + column, 0)
        return np.where(inside, self.ids[where], pad).astype(np.int64)


class Spans(NamedTuple):
    """Where the tokens of some captions, end to end, come from.

    Attributes:
        characters: of its caption that each token stands for, `(total, 2)` int32: the first, and
            one past the last; both 0 for the start and end token.
        words: place in its caption of the first token of each one's word, `(total,)` int32; where
            words have no spaces between them (`curate.dataset.words`), each token is one by itself.
        starts: where each caption begins, `(n + 1,)` int64.
    """

    characters: np.ndarray
    words: np.ndarray
    starts: np.ndarray

    def within(self, row: int, start: int, end: int) -> np.ndarray:
        """Places of the tokens that share a character with a part of a caption, ascending."""
        own = self.characters[self.starts[row] : self.starts[row + 1]]
        return np.flatnonzero((own[:, 0] < end) & (own[:, 1] > start))


class Words:
    """A tokenizer and the roles of its special tokens.

    Args:
        folder: holds `tokenizer.json` and `tokenizer_config.json` (Hugging Face's files).

    Attributes:
        pad, start, end, mask: ids of the special tokens ([CLS] starts, [SEP] ends).
        size: number of tokens in the vocabulary.
        ordinary: ids that are no special token, ascending, `(m,)`.

    Raises:
        WeightsError: a file or a special token is missing, or a file is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._files = _read(folder)
        try:
            self._tokenizer = Tokenizer.from_buffer(self._files[TOKENIZER_FILES[0]])
            config = dict(json.loads(self._files[TOKENIZER_FILES[1]]))
        except (ValueError, TypeError, RecursionError) as error:
            raise WeightsError(
                f"the tokenizer in {folder} is damaged or no tokenizer: {error}; make it or fetch "
                "it again"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.size = self._tokenizer.get_vocab_size()
        roles = {role: self._role(role, config, folder) for role in _ROLES if role != "mask"}
        self.pad, self.start, self.end = roles["pad"], roles["start"], roles["end"]
        if config.get(_ROLES["mask"]):
            roles["mask"] = self._role("mask", config, folder)
        self._mask, self._folder = roles.get("mask"), folder
        added = self._tokenizer.get_added_tokens_decoder()
        special = {i for i, token in added.items() if token.special} | set(roles.values())
        self.ordinary = np.array(sorted(set(range(self.size)) - special), np.int64)

    @property
    def mask(self) -> int:
        """Id of the token that hides another; CLIP's tokenizer has none, and CLIP needs none.

        Raises:
            WeightsError: there is none.
        """
        if self._mask is None:
            raise WeightsError(
                f"the tokenizer in {self._folder} has no mask_token, which masked language "
                "modelling needs"
            )
        return self._mask

    def save(self, folder: Path) -> None:
        """Put the tokenizer's files beside the model that was trained with it, as they were."""
        for name, data in self._files.items():
            (folder / name).write_bytes(data)

    def encode(self, captions: Sequence[str], limit: int) -> Tokens:
        """Captions to ids, cut to `limit` tokens with start and end token among them."""
        texts = [" ".join(caption.split()) for caption in captions]
        found = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        rows = [[self.start, *f.ids[: limit - 2], self.end] for f in found]
        lengths = np.array([0, *map(len, rows)], np.int64)
        ids = np.fromiter((i for row in rows for i in row), np.int32, int(lengths.sum()))
        return Tokens(ids, np.cumsum(lengths))

    def decode(self, ids: Sequence[int]) -> str:
        """The text that some ids stand for, without special tokens, its blanks single."""
        return " ".join(self._tokenizer.decode([*ids], skip_special_tokens=True).split())

    def spans(self, captions: Sequence[str], limit: int) -> Spans:
        """Where the tokens that `encode` gives come from."""
        texts = [" ".join(caption.split()) for caption in captions]
        found = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        characters, words = [], []
        for caption, text, encoding in zip(captions, texts, found, strict=True):
            told = zip(encoding.tokens[: limit - 2], encoding.offsets, strict=False)
            kept = [_trimmed(text, token, *place) for token, place in told]
            words += [0, *_first_of_words(text, kept, encoding.word_ids), len(kept) + 1]
            if caption != text:  # its blanks were others
                places = [*_places(caption), len(caption)]
                kept = [(places[a], places[b - 1] + 1 if b > a else places[a]) for a, b in kept]
            characters += [(0, 0), *kept, (0, 0)]
        lengths = [0, *(min(len(f.ids), limit - 2) + 2 for f in found)]
        return Spans(
            np.array(characters, np.int32).reshape(-1, 2),
            np.array(words, np.int32),
            np.cumsum(lengths),
        )

    def _role(self, role: str, config: dict[str, Any], folder: Path) -> int:
        value = config.get(_ROLES[role]) or config.get(_ALSO.get(role, ""))
        token = value.get("content") if isinstance(value, dict) else value
        found = self._tokenizer.token_to_id(token) if token and isinstance(token, str) else None
        if found is None:
            known = [k for k in (*_ROLES.values(), *_ALSO.values()) if config.get(k)]
            raise WeightsError(
                f"the tokenizer in {folder} has no {_ROLES[role]} (it names {', '.join(known)}); "
                "masked language modelling needs pad, start, end and mask tokens"
            )
        return found


def _trimmed(text: str, token: str, start: int, end: int) -> tuple[int, int]:
    """The characters of a token without the space before them, which some tokens hold.

    A token that is no more than the mark of a space (`MARK`) has none.
    """
    if token == MARK:
        return start, start
    return (start + 1 if start < end and text[start].isspace() else start), end


def _first_of_words(
    text: str, characters: Sequence[tuple[int, int]], numbers: Sequence[int | None]
) -> list[int]:
    """Place of the first token of each one's word, counted from 1."""
    first: dict[int | None, int] = {}
    found: list[int] = []
    for at, (start, end) in enumerate(characters, 1):
        place = first.setdefault(numbers[at - 1], at)
        if SPACELESS.search(text, start, end):
            shared = at > 1 and start < characters[at - 2][1]  # bytes of one character
            place = found[-1] if shared else at
        found.append(place)
    return found


def _places(caption: str) -> list[int]:
    """Where each character of the caption with single blanks stands in the caption itself."""
    found: list[int] = []
    for at, character in enumerate(caption):
        blank = character.isspace()
        if not blank or (found and not caption[found[-1]].isspace()):
            found.append(at)
    return found


def _read(folder: Path) -> dict[str, bytes]:
    missing = [name for name in TOKENIZER_FILES if not (folder / name).is_file()]
    if missing:
        raise WeightsError(
            f"{folder} has no {', '.join(missing)}; a folder as `dvc repro filter_network` or "
            "Hugging Face's save_pretrained writes it is known to work"
        )
    return {name: (folder / name).read_bytes() for name in TOKENIZER_FILES}
