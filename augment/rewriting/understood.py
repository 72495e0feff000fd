"""Pairs and the pool's labels in; the English ones, and what is understood of their words, out."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa

from augment.facts import Graph, graphs
from augment.made import Context
from augment.rewriting import meanings
from curate.dataset import languages, wordnet
from curate.dataset.errors import ParamsError
from curate.dataset.wordnet import WordNet

_INVOLVED = re.compile(r"[\"“”«»()\[\];?–—…/]|[.!:]\s.*[.!:]|[.!]\s+\S|\s-\s")


class Understood(NamedTuple):
    """English pairs, and by their uids the scene graphs and senses of their captions.

    Attributes:
        english: schema `sets.LOCATED`.
    """

    english: pa.Table
    graphs: Mapping[str, Graph]
    links: Mapping[str, meanings.Links]
    database: WordNet


def understood(rows: pa.Table, context: Context, package: str) -> Understood:
    """What is understood of the English captions among some pairs (schema `sets.LOCATED`).

    Args:
        rows: the pairs.
        context: of the method.
        package: fetched package with WordNet's database files.

    Raises:
        DataError: the labels hold no scene graphs or senses.
        ParamsError: there are no labels.
        SourceError: the WordNet package was not fetched.
    """
    if context.labels is None:
        raise ParamsError(
            "rewriting needs the pool's labels (--labels), with those of scene and knowledge"
        )
    english = rows.filter(languages.english(rows.column("lang")))
    uids = english.column("uid").to_pylist()
    return Understood(
        english,
        graphs(context.labels, uids),
        meanings.links(context.labels, uids),
        wordnet.open_folder(wordnet.folder_of(context.packages, package).resolve()),
    )


def plain(caption: str, words: int) -> bool:
    """Whether a caption is one short sentence without quotations, asides and second thoughts."""
    return len(caption.split()) <= words and not _INVOLVED.search(caption)
