"""Captions in other languages from the corpus itself: pairs -> captions that their pictures lack.

Where another picture of the training split has the same English caption, its captions in other
languages say of this one, too, what the English one says, as long as both mean the same: every
noun has one sure sense (`meanings.certainty`), or the caption says more than a noun. A person's
noun must say the sex, as `woman` does: `doctor` does not, and what it is elsewhere (`médico`,
`Ärztin`) is said of another picture. A caption is taken only from a picture with one in English
and one in its language, so that they are each other's translation.

Both have the same licence, or the picture's asks for nothing (`free`); the pair then carries that
of the caption.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from augment.facts import Graph
from augment.made import Batch, Context, Count, MethodParams, unit_interval
from augment.rewriting import meanings, telling
from augment.rewriting.telling import TABLES, Proposal
from augment.rewriting.understood import understood
from curate.dataset import tables
from curate.dataset.languages import primary
from curate.dataset.read_once import read_once
from curate.dataset.wordnet import WordNet
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "multilingual"
_KIND = "equal caption"
_SEXED = {"male person", "female person"}  # lemmas of what a noun that says the sex is a kind of


@parameters
class Params(MethodParams):
    """`make.multilingual`."""

    per_image: Count = 8  # captions that a picture gets, at most
    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    free: tuple[str, ...] = ()  # licences that ask for nothing: public domain
    except_sources: tuple[str, ...] = ()  # whose captions name other things than usual


class Translation(NamedTuple):
    """A caption in another language, beside an English one."""

    uid: str
    caption: str
    lang: str
    licence: str | None


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """New captions of the pictures in `rows` (schema `sets.LOCATED`) with an English caption.

    Raises:
        DataError: the labels hold no scene graphs or senses.
        ParamsError: there are no labels.
        SourceError: the WordNet package was not fetched.
    """
    known = understood(rows, context, params.wordnet)
    elsewhere = translations(context.training)
    batch = Batch()
    for pairs in telling.pictures(rows):
        there = {primary(pair["lang"]) for pair in pairs}
        spoken = [pair for pair in pairs if primary(pair["lang"]) == "en"]

        def propose(row: telling.Row, there: set[str] = there) -> Iterator[Proposal]:
            own = known.links.get(row["uid"], {})
            usual = row["source"] not in params.except_sources
            if usual and unambiguous(known.graphs.get(row["uid"]), own, known.database):
                found = elsewhere.get(said(row["caption"]), ())
                yield from _lacking(row, there, found, params.free)

        if spoken:
            telling.tell(METHOD, spoken, propose, params.per_image, {_KIND: 1.0}, batch)
    return batch


def recaption(recipe: Mapping[str, Any], captions: Sequence[str]) -> str:  # noqa: ARG001
    """The made caption again: the second parent's, as it is."""
    return captions[1]


@read_once(lambda training: [training], keep=1)
def translations(training: Path) -> Mapping[str, Sequence[Translation]]:
    """English caption, as `said` has it -> captions in other languages beside it, by uid."""
    columns = ["image", "uid", "lang", "caption", "licence"]
    found: defaultdict[str, list[Translation]] = defaultdict(list)
    for pairs in telling.pictures(tables.read(training, columns)):
        of: defaultdict[str, list[telling.Row]] = defaultdict(list)
        for pair in pairs:
            of[primary(pair["lang"])].append(pair)
        if len(of.get("en", ())) != 1:
            continue
        for lang, (pair, *others) in of.items():
            if lang != "en" and not others:
                one = Translation(pair["uid"], pair["caption"], pair["lang"], pair["licence"])
                found[said(of["en"][0]["caption"])].append(one)
    return {caption: sorted(of) for caption, of in found.items()}


def said(caption: str) -> str:
    """An English caption without article, case and full stop."""
    words = caption.casefold().rstrip(" .!").split()
    return " ".join(words[1:] if words[:1] in (["a"], ["an"], ["the"]) and words[1:] else words)


def unambiguous(graph: Graph | None, links: meanings.Links, database: WordNet) -> bool:
    """Whether who reads a caption elsewhere takes it to mean the same thing."""
    if graph is None:
        return False
    objects = graph.objects()
    named = [links.get(node["node"]) for node in objects]
    sure = all(link and meanings.certainty(database, link) for link in named)
    shown = all(link and _shown(link, database) for link in named)
    return (sure and shown) or (len(graph.nodes) > 1 and shown)


def _shown(link: meanings.Link, database: WordNet) -> bool:
    """Whether a noun names a thing that all languages tell alike."""
    if link.field != meanings.PEOPLE:
        return link.field in meanings.THINGS
    above = database.ancestors(link.synset)
    return any(_SEXED.intersection(database.synset(id_).lemmas) for id_ in above)


def _lacking(
    row: telling.Row, there: set[str], known: Sequence[Translation], free: Sequence[str]
) -> Iterator[Proposal]:
    """One caption for each language that a picture has none in."""
    fitting = [t for t in known if primary(t.lang) not in there and _combine(row, t, free)]
    fitting.sort(key=lambda t: (primary(t.lang), unit_interval(METHOD, row["image"], t.uid)))
    for _, (found, *_) in itertools.groupby(fitting, key=lambda t: primary(t.lang)):
        licence = found.licence if found.licence != row["licence"] else None
        recipe = {"of": found.uid}
        yield Proposal(_KIND, found.caption, found.lang, recipe, (), (found.uid,), licence)


def _combine(row: telling.Row, found: Translation, free: Sequence[str]) -> bool:
    """Whether licences let a picture and a caption be one pair."""
    return row["licence"] == found.licence or row["licence"] in free
