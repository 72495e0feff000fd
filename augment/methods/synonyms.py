"""Nouns replaced by WordNet's synonyms and hypernyms: English pairs -> new captions.

A noun gives way only where its sense is sure (`meanings.certainty`), it stands in the singular
and is no part of a name, and what describes it is an adjective: a `rubber duck` is no bird. The
picture stays as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from augment.facts import Graph, renamed
from augment.made import Batch, Context, Count, MethodParams
from augment.rewriting import edits, meanings, reading, substitutes, telling
from augment.rewriting.edits import Edit, recaption
from augment.rewriting.english import agreeing, raised, spelt
from augment.rewriting.reading import Phrase
from augment.rewriting.substitutes import HYPERNYM, SYNONYM, Substitute
from augment.rewriting.telling import TABLES, Proposal
from augment.rewriting.understood import plain, understood
from curate.dataset.errors import ParamsError
from curate.dataset.wordnet import ADJECTIVE, NOUN, WordNet
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "synonyms"
_LAST_WORD = re.compile(r"[^\W\d_]+(?=\s+$)")


@parameters
class Params(MethodParams):
    """`make.synonyms`."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    words: Count = 14  # of a caption, at most
    except_sources: tuple[str, ...] = ()  # whose words mean other things than usual
    levels: Count = 2  # how far above a sense a hypernym may be
    depth: Count = 7  # kinds that a hypernym has above it, at least
    uses: Mapping[str, Count] = field(  # of the new noun in WordNet's texts, at least
        default_factory=lambda: {SYNONYM: 1, HYPERNYM: 5}
    )
    avoided: tuple[str, ...] = ()  # words that are not put in
    # synonym, hypernym -> how much likelier it is drawn than one of weight 1
    kinds: Mapping[str, Annotated[float, Field(gt=0)]] = field(
        default_factory=lambda: {SYNONYM: 1.0, HYPERNYM: 1.0}
    )

    def __post_init__(self) -> None:
        """Raise ParamsError for an unknown kind."""
        if unknown := sorted({*self.kinds, *self.uses} - {SYNONYM, HYPERNYM}):
            raise ParamsError(
                f"make.{METHOD} names kinds {', '.join(unknown)}; there are {SYNONYM}, {HYPERNYM}"
            )
        if missing := sorted(set(self.kinds) - set(self.uses)):
            raise ParamsError(f"make.{METHOD}.uses lacks {', '.join(missing)}")


def make(rows: pa.Table, context: Context, params: Params) -> Batch:
    """New captions of the pictures in `rows` (schema `sets.LOCATED`) whose captions are English.

    Raises:
        DataError: the labels hold no scene graphs or senses.
        ParamsError: there are no labels.
        SourceError: the WordNet package was not fetched.
    """
    known = understood(rows, context, params.wordnet)
    batch = Batch()

    def propose(row: telling.Row) -> Iterator[Proposal]:
        if row["source"] in params.except_sources or not plain(row["caption"], params.words):
            return iter(())
        own = known.links.get(row["uid"], {})
        return replacements(row, known.graphs.get(row["uid"]), own, known.database, params)

    for pairs in telling.pictures(known.english):
        telling.tell(METHOD, pairs, propose, params.per_image, params.kinds, batch)
    return batch


def replacements(
    row: telling.Row,
    graph: Graph | None,
    links: meanings.Links,
    database: WordNet,
    params: Params,
) -> Iterator[Proposal]:
    """Every caption in which one noun has given way to another of the same sense or above it."""
    caption = row["caption"]
    seen = reading.read(caption, graph) if graph else None
    if graph is None or seen is None:
        return
    lemmas = [node["lemma"] for node in graph.nodes]
    for phrase in seen.phrases:
        link = links.get(phrase.node)
        quantity = graph.nodes[phrase.node]["quantifier"]  # a pair of pliers
        if (
            link is None
            or quantity
            or lemmas.count(phrase.lemma) > 1
            or not _free(caption, phrase, database)
            or _beside(caption, graph, phrase, database)
        ):
            continue
        sure = meanings.certainty(database, link)
        if (
            sure is None
            or link.lemma != phrase.lemma
            or not substitutes.replaceable(database, link)
        ):
            continue
        for found in _found(database, link, params):
            if found.lemma in lemmas or found.lemma in params.avoided:
                continue
            made = _replaced(phrase, found.lemma)
            proof = {"from": link.synset, "to": found.synset, "sense": sure, "levels": found.levels}
            recipe = {"edits": edits.listed(made), "proof": proof}
            stated = [renamed(fact, phrase.lemma, found.lemma) for fact in graph.facts()]
            yield Proposal(found.kind, edits.apply(caption, made), row["lang"], recipe, stated)


def _found(database: WordNet, link: meanings.Link, params: Params) -> Iterator[Substitute]:
    if SYNONYM in params.kinds:
        yield from substitutes.synonyms(database, link, params.uses[SYNONYM])
    if HYPERNYM in params.kinds:
        yield from substitutes.hypernyms(
            database, link, params.levels, params.depth, params.uses[HYPERNYM]
        )


def _free(caption: str, phrase: Phrase, database: WordNet) -> bool:
    """Whether a noun stands for itself: singular, no part of a name or a compound."""
    head_start = phrase.end - len(phrase.head)
    alone = not head_start and phrase.end >= len(caption.rstrip(" .!"))  # Tux the penguin
    head = phrase.head[:1].lower() + phrase.head[1:] if alone else phrase.head
    around = caption[head_start - 1 : head_start], caption[phrase.end : phrase.end + 1]
    adjectives = all(database.known(row["lemma"], ADJECTIVE) for row in phrase.before)
    return (
        spelt(head)
        and head == phrase.lemma
        and not phrase.number
        and adjectives
        and around[0] in ("", " ")
        and around[1] in ("", " ", ".", ",", "!", ":")
    )


def _beside(caption: str, graph: Graph, phrase: Phrase, database: WordNet) -> bool:
    """Whether a noun that the graph says nothing of stands right before the phrase: box taxi."""
    before = _LAST_WORD.search(caption[: phrase.start])
    if before is None or not database.base_forms(before.group().lower(), NOUN):
        return False
    start = before.start()
    return not any(row["start"] <= start < row["end"] for row in (*graph.nodes, *graph.edges))


def _replaced(phrase: Phrase, lemma: str) -> list[Edit]:
    """The edits that put a noun in another's place, with its article."""
    head_start = phrase.end - len(phrase.head)
    text = raised(lemma) if phrase.head[0].isupper() else lemma
    found = [Edit(head_start, phrase.end, text)]
    if phrase.determiner and phrase.described == head_start:
        end = phrase.start + len(phrase.determiner)
        determiner = agreeing(phrase.determiner, lemma)
        if determiner != phrase.determiner:
            found.insert(0, Edit(phrase.start, end, determiner))
    return found
