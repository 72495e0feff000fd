"""Regions in; the classes of each and the table that tells of the classes, out.

What is learnt of the pool, nouns with their text embeddings or the centres of a codebook, is in
that table: the regions of made pictures get their classes from it.
"""

from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pyarrow as pa
from pydantic import Field

from align.regions import codebook, vocabulary
from align.regions.codebook import Codebook
from align.regions.vocabulary import Vocabulary
from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.stage.params import parameters

_SINGLE = pa.list_(pa.float32())
CLASSES = pa.schema(
    [
        pa.field("label", pa.int32(), nullable=False),
        pa.field("name", pa.string()),  # noun; null: a class of the codebook
        pa.field("regions", pa.int64(), nullable=False),  # how many have it as their likeliest
        pa.field("centre", _SINGLE, nullable=False),  # unit length: of the noun's text embedding,
        pa.field("mean", _SINGLE),  # or of features less their mean, which is this
        pa.field("scale", pa.float32()),  # of cosines to the nouns; null: codebook
        pa.field("made_by", pa.string(), nullable=False),  # fingerprint of the tower
    ]
)
FILE = "classes.parquet"
_AGAIN = "label the pool again (dvc repro --force label_linked@regions)"


@parameters
class Nouns:
    """Which nouns are classes."""

    least: Annotated[int, Field(ge=1)] = 3  # pictures that a noun is said of
    most: Annotated[int, Field(ge=1)] = 1600  # nouns
    prompt: str = "{}"  # what the text tower reads of one


@parameters
class Clusters:
    """How the codebook is fitted."""

    classes: Annotated[int, Field(ge=1)] = 256
    sample: Annotated[float, Field(ge=0, le=1)] = 0.25  # share of the images that it is fitted on
    seed: int = 0  # of k-means


class Classed(NamedTuple):
    """Classes of regions.

    Attributes:
        soft: classes, the likeliest first, `(N, S)` int32.
        chances: their probabilities, `(N, S)`.
        confidence: how sure the likeliest is, `(N,)`.
        classes: schema `CLASSES`.
    """

    soft: np.ndarray
    chances: np.ndarray
    confidence: np.ndarray
    classes: pa.Table


def by_nouns(embeddings: np.ndarray, words: Vocabulary, made_by: str) -> Classed:
    """Classes of regions by nouns.

    Args:
        embeddings: of the regions, unit length, `(N, E)`.
        words: the nouns.
        made_by: fingerprint of the tower.
    """
    soft, chances = vocabulary.assign(embeddings, words)
    number = len(words.names)
    first = soft[:, 0] if number else np.zeros(0, np.int32)
    columns = [
        range(number), words.names, np.bincount(first, minlength=number), list(words.centres),
        pa.nulls(number, _SINGLE), [words.scale] * number, [made_by] * number,
    ]  # fmt: skip
    sure = chances[:, 0] if number else np.zeros(0, np.float32)
    return Classed(soft, chances, sure, pa.table(columns, schema=CLASSES))


def learnt_nouns(folder: Path, made_by: str) -> Vocabulary:
    """The nouns of the pool.

    Args:
        folder: of the labeler's tables of the pool.
        made_by: fingerprint of the tower.

    Raises:
        DataError: its classes are of another model, or no nouns.
    """
    file = folder / FILE
    rows = tables.read(file, CLASSES.names).sort_by("label")
    if rows.num_rows == 0:
        return Vocabulary([], np.zeros((0, 1), np.float32), 1.0)
    if rows.column("scale").null_count or set(rows.column("made_by").to_pylist()) != {made_by}:
        raise DataError(f"{file} has classes of another model or kind; {_AGAIN}")
    centres = np.array(rows.column("centre").to_pylist(), np.float32)
    return Vocabulary(rows.column("name").to_pylist(), centres, rows.column("scale")[0].as_py())


def by_codebook(features: np.ndarray, book: Codebook, made_by: str) -> Classed:
    """Classes of regions by a codebook.

    Args:
        features: of the regions, `(N, F)`.
        book: the codebook.
        made_by: fingerprint of the tower.
    """
    classes, confidence = (v.reshape(-1) for v in codebook.assign(features[:, None], book))
    number = len(book.centres)
    columns = [
        range(number), pa.nulls(number, pa.string()), np.bincount(classes, minlength=number),
        list(book.centres), [book.mean] * number, pa.nulls(number, pa.float32()),
        [made_by] * number,
    ]  # fmt: skip
    soft, chances = classes[:, None].astype(np.int32), np.ones((len(classes), 1), np.float32)
    return Classed(soft, chances, confidence, pa.table(columns, schema=CLASSES))


def learnt_codebook(folder: Path, length: int) -> Codebook:
    """The codebook of the pool.

    Args:
        folder: of the labeler's tables of the pool.
        length: of the features that are to be classed; 0: there are none.

    Raises:
        DataError: it is of other features, or its classes are nouns.
    """
    file = folder / FILE
    rows = tables.read(file, CLASSES.names).sort_by("label")
    if rows.column("mean").null_count:
        raise DataError(f"{file} has nouns as classes, no codebook; {_AGAIN}")
    centres, means = (np.array(rows.column(c).to_pylist(), np.float32) for c in ("centre", "mean"))
    own = centres.shape[-1] if len(centres) else 0
    if length and own != length:
        raise DataError(
            f"{file} has classes of {own} features and the model gives {length}; {_AGAIN}"
        )
    return Codebook(centres, means[0] if own else np.zeros(0, np.float32))
