"""Captions and a list of entries in; which pairs stay when no entry may have too many, out.

As in MetaCLIP (Xu et al., "Demystifying CLIP Data", ICLR 2024): an entry is found in a caption as
a sub-string between spaces; one that N captions name has the chance min(1, t / N); a pair stays
where a draw of any of its entries says so, and a caption that names none is failed. Draws are
seeded hashes of uid and entry, so that a pair's draw stays when others come and go. Entries are
found by the Aho-Corasick automaton of `ahocorasick_rs`, in one pass over a caption however many
there are.

MetaCLIP's own matching minds letter case, puts spaces around , . ; : ? ! and `, and leaves other
marks in the word. Here case is nothing and any mark is a space, so that "Ice-cream" names the entry
"ice cream"; on captions of lower-case words both find the same (`benchmarks/_curate/metaclip.py`).
"""

import functools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from curate.columns import Rows
from curate.dataset import packages
from curate.dataset.errors import DataError
from curate.rules.counts import hashes, unit
from curate.rules.rule import Balance, Rule, Verdict

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def balance(rows: Rows, rule: Rule, asked: Balance) -> Verdict:
    """Some entry of the caption is drawn; margin = the highest chance - draw of its entries."""
    names = entries(Path(asked.entries))
    codes, captions = pd.factorize(rows.pairs.column("caption").to_numpy())
    caption, entry = matches(captions, names, asked.whole_words)
    starts = np.searchsorted(caption, np.arange(len(captions) + 1))
    lengths = np.diff(starts)[codes]  # entries of each row's caption
    row = np.repeat(np.arange(len(codes)), lengths)
    within = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    found = entry[np.repeat(starts[:-1][codes], lengths) + within]
    counts = np.bincount(found, minlength=len(names))
    uids = hashes(rows.pairs.column("uid").to_numpy(), rule.seed)
    mixed = uids[row] ^ hashes(np.array(names, object), rule.seed)[found]
    drawn = unit(pd.util.hash_array(mixed, categorize=False))
    margin = np.full(len(codes), -np.inf)
    np.maximum.at(margin, row, np.minimum(1.0, asked.at_most / counts[found]) - drawn)
    return Verdict(
        margin >= 0,
        np.ones(len(codes), np.bool_),
        np.where(np.isfinite(margin), margin, np.nan),
        1.0,
    )


def entries(place: Path) -> tuple[str, ...]:
    """The entries of a file, each once, without case and punctuation.

    Args:
        place: a text file (UTF-8) with an entry on each line; or WordNet, of whose index files
            the lemmas are taken: a folder, or the archive of its package.

    Raises:
        DataError: it cannot be read, or holds no entry.
    """
    try:
        if place.suffix in packages.ENDINGS:
            lines = _lemmas(packages.unpack(place.parent, place.stem))
        else:
            lines = _lemmas(place) if place.is_dir() else place.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"balance: entries {place} cannot be read: {error}") from error
    found = sorted({plain(line) for line in lines} - {""})
    if not found:
        raise DataError(
            f"balance: {place} holds no entry; give a text file with one on each line, or WordNet"
        )
    return tuple(found)


def plain(text: str) -> str:
    """Words of a text in lower case, with one space between them and nothing else."""
    return _BETWEEN_WORDS.sub(" ", text.casefold()).strip()


def matches(
    captions: np.ndarray, names: tuple[str, ...], whole_words: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Which captions name which entries, each once.

    Args:
        captions: (C,) any text.
        names: E entries, as `entries` gives them.
        whole_words: an entry is not found within a longer word.

    Returns:
        (M,) number of the caption, ascending, and (M,) number of the entry.
    """
    automaton = _automaton(names, whole_words)
    space = " " if whole_words else ""
    caption, entry = [], []
    for index, text in enumerate(captions):
        hits = automaton.find_matches_as_indexes(f"{space}{plain(text)}{space}", overlapping=True)
        for number in {hit[0] for hit in hits}:
            caption.append(index)
            entry.append(number)
    order = np.lexsort((np.array(entry, np.int64), np.array(caption, np.int64)))
    return np.array(caption, np.int64)[order], np.array(entry, np.int64)[order]


@functools.lru_cache(maxsize=2)
def _automaton(names: tuple[str, ...], whole_words: bool) -> Any:
    from ahocorasick_rs import AhoCorasick

    space = " " if whole_words else ""
    return AhoCorasick([f"{space}{name}{space}" for name in names], store_patterns=False)


def _lemmas(folder: Path) -> list[str]:
    """Lemmas of WordNet's index files below a folder; lines of the licence begin with a space."""
    files = [file for file in sorted(folder.rglob("index.*")) if file.suffix != ".sense"]
    lines = (line for file in files for line in file.read_text("utf-8").splitlines())
    return [line.split(" ", 1)[0] for line in lines if not line.startswith(" ")]
