"""Captions said otherwise by grammar over their scene graphs: English pairs -> new captions.

Which forms there are, and when both say the same, is said in `augment.rewriting.grammar`. The
picture stays as it is.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from augment.facts import Graph, Row
from augment.made import Batch, Context, Count, MethodParams
from augment.rewriting import edits, grammar, reading, telling
from augment.rewriting.edits import recaption
from augment.rewriting.forms import Words
from augment.rewriting.telling import TABLES, Proposal
from augment.rewriting.understood import plain, understood
from curate.dataset.errors import ParamsError
from curate.dataset.truth import Fact
from curate.stage.params import parameters

__all__ = ["TABLES", "Params", "make", "recaption"]
METHOD = "rewrite"


@parameters
class Params(MethodParams):
    """`make.rewrite`."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    words: Count = 14  # of a caption, at most: what is longer is seldom understood whole
    except_sources: tuple[str, ...] = ()  # whose captions name things otherwise than usual
    # form of augment.rewriting.grammar -> how much likelier it is drawn than one of weight 1
    forms: Mapping[str, Annotated[float, Field(gt=0)]] = field(
        default_factory=lambda: dict.fromkeys(grammar.FORMS, 1.0)
    )

    def __post_init__(self) -> None:
        """Raise ParamsError for an unknown form."""
        if unknown := sorted(set(self.forms) - set(grammar.FORMS)):
            raise ParamsError(
                f"make.{METHOD}.forms names {', '.join(unknown)}; "
                f"there are {', '.join(grammar.FORMS)}"
            )


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
        words = Words(known.database, known.links.get(row["uid"], {}))
        return rewrites(row, known.graphs.get(row["uid"]), words, tuple(params.forms))

    for pairs in telling.pictures(known.english):
        telling.tell(METHOD, pairs, propose, params.per_image, params.forms, batch)
    return batch


def rewrites(
    row: telling.Row, graph: Graph | None, words: Words, forms: Sequence[str]
) -> Iterator[Proposal]:
    """Every rewrite of a caption by some forms."""
    seen = reading.read(row["caption"], graph) if graph else None
    if graph is None or seen is None:
        return
    for name in forms:
        for found in grammar.FORMS[name](seen, words):
            recipe: dict[str, Any] = {"edits": edits.listed(found.edits), "proof": found.proof}
            caption = edits.apply(row["caption"], found.edits)
            yield Proposal(name, caption, row["lang"], recipe, facts(graph, found.turned))


def facts(graph: Graph, turned: tuple[int, str] | None) -> list[Fact]:
    """The facts of a graph, one relation of which may be said from the other side."""
    if turned is None:
        return graph.facts()
    number, lemma = turned
    changed = functools.partial(_turned, number=number, lemma=lemma)
    return Graph(graph.nodes, [changed(edge) for edge in graph.edges]).facts()


def _turned(edge: Row, number: int, lemma: str) -> Row:
    if edge["edge"] != number:
        return edge
    return {**edge, "source": edge["target"], "target": edge["source"], "lemma": lemma}
