"""Captions in; whether an evaluation set holds the same one, or one of nearly the same words, out.

A caption is its set of words in lower case, without marks (Unicode NFKC; in a script without spaces
every letter is one), so order, case and punctuation do not count. Two are near when the
Jaccard index of their words is at least `similarity`. They are found exactly, without comparing
all: captions that alike share one of the first, rarest words of each (prefix filtering; Bayardo
et al., "Scaling Up All Pairs Similarity Search", WWW 2007). Captions of few words are no leaks:
"a dog" stands beside many pictures. A set's captions are a table with a column `caption`, or a
.txt with one a line.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Annotated, NamedTuple

import pyarrow as pa
from pydantic import Field

from curate import evaluation
from curate.dataset.errors import DataError
from curate.dataset.memory import fingerprint as fingerprint_of
from curate.dataset.read_once import read_once
from curate.dataset.words import words as words_of
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("caption", pa.bool_()),  # an evaluation set holds one of nearly the same words
        *evaluation.HIT,
    ]
)
_WHERE = "score.leakage_caption.sets"
_SLACK = 1e-9  # more than a product of the threshold is rounded by


@parameters
class Params:
    """Which evaluation sets, and how like a caption may be to theirs."""

    sets: evaluation.Sets  # the register
    similarity: Annotated[float, Field(gt=0, le=1)] = 0.8  # Jaccard index of the words
    words: Annotated[int, Field(ge=1)] = 5  # different ones; a caption of fewer is never a leak


class _Known(NamedTuple):
    """Captions of all sets, and where each of their rarest words occurs."""

    owners: list[tuple[str, str]]  # set and item
    texts: list[frozenset[str]]
    counts: Counter[str]  # captions that have a word
    places: dict[str, list[int]]  # word -> captions that have it in their prefix


def score(rows: pa.Table, params: Params) -> pa.Table:
    """The nearest evaluation caption of each pair."""
    places = evaluation.registered(params.sets, "captions", _WHERE)
    known = _known(places, params.similarity, params.words)
    hits = [
        _nearest(words(caption), known, params) for caption in rows.column("caption").to_pylist()
    ]
    own = {"uid": rows.column("uid").to_pylist(), "caption": [hit is not None for hit in hits]}
    return pa.table(evaluation.hits(own, hits), schema=SCHEMA)


def fingerprint(params: Params) -> str:
    """Of the evaluation sets' captions, and of what Unicode says of characters."""
    places = evaluation.registered(params.sets, "captions", _WHERE)
    read = [(name, evaluation.content(place)) for name, place in places]
    return fingerprint_of(read, unicodedata.unidata_version)


def told(params: Params) -> dict[str, str]:
    """Metadata of the table: the sets that were looked for."""
    return evaluation.told(params.sets, evaluation.registered(params.sets, "captions", _WHERE))


def words(caption: str) -> frozenset[str]:
    """The words of a caption, without case and marks."""
    return frozenset(words_of(unicodedata.normalize("NFKC", caption).casefold()))


def _nearest(own: frozenset[str], known: _Known, params: Params) -> evaluation.Hit | None:
    """The evaluation caption of most of the same words; of equal ones the first."""
    if len(own) < params.words:
        return None
    best: tuple[float, int] | None = None
    prefix = _prefix(own, known.counts, params.similarity)
    for place in {place for word in prefix for place in known.places.get(word, ())}:
        shared = len(own & known.texts[place])
        index = shared / (len(own) + len(known.texts[place]) - shared)
        if index >= params.similarity - _SLACK:
            best = min(best or (1.0, place), (1 - index, place))
    return None if best is None else (*known.owners[best[1]], "caption", best[0])


def _prefix(own: frozenset[str], counts: Counter[str], similarity: float) -> list[str]:
    """The rarest words, of which two captions as like as that share at least one."""
    least = math.ceil(similarity * len(own) - _SLACK)  # words that they share at least
    return sorted(own, key=lambda word: (counts[word], word))[: len(own) - least + 1]


@read_once(lambda sets, *_: evaluation.files(sets), keep=1)
def _known(sets: tuple[tuple[str, str], ...], similarity: float, fewest: int) -> _Known:
    """Read the evaluation sets.

    Raises:
        DataError: one is empty or cannot be read.
    """
    owners: list[tuple[str, str]] = []
    texts: list[frozenset[str]] = []
    for name, path in sets:
        where, first = f"evaluation set {name}, {path}", len(owners)
        for item, caption in _captions(Path(path), where):
            if len(own := words(caption)) >= fewest:
                owners.append((name, item))
                texts.append(own)
        if len(owners) == first:
            raise DataError(f"{where} is empty: it holds no caption of {fewest} words or more")
    counts = Counter(word for text in texts for word in text)
    places = defaultdict(list)
    for place, text in enumerate(texts):
        for word in _prefix(text, counts, similarity):
            places[word].append(place)
    return _Known(owners, texts, counts, dict(places))


def _captions(file: Path, where: str) -> list[tuple[str, str]]:
    """Item and text of each caption of a set."""
    if file.is_dir():
        raise DataError(f"{where} is a folder; name a .parquet, .csv or .txt of captions")
    if file.suffix.lower() == ".txt":
        lines = file.read_text(encoding="utf-8").splitlines()
        return [(f"line {number}", line) for number, line in enumerate(lines, 1)]
    table = evaluation.table(file, where, ("caption",))
    found = table.column("caption").to_pylist()
    return [
        (item, str(caption))
        for item, caption in zip(evaluation.items(table), found, strict=True)
        if caption is not None
    ]
