"""Kept pairs in, scene graphs of their English captions out: nodes and edges with spans.

A distinct caption is parsed once, whatever the number of its pairs: by the parser of the package
(`align.parser`), or by a checkpoint of FACTUAL's (`align.seq2seq`). A caption of another language
has no graph of its own; the table `carried` names the English pairs of the same picture whose
graphs say what it shows, so that no span is ever taken for one of the other language's words.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from align import lexicon, parser, seq2seq, texts
from align.labelers import Context
from align.rows import as_table
from align.scenegraph import OBJECT, Graph
from curate.dataset import languages, wordnet
from curate.dataset.tables import Table
from curate.stage.params import parameters

NODES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),  # from left to right, from 0
        pa.field("kind", pa.string(), nullable=False),  # object or attribute
        pa.field("text", pa.string(), nullable=False),  # caption[start:end]
        pa.field("lemma", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),  # characters from the caption's start
        pa.field("end", pa.int32(), nullable=False),  # one past the last character
        pa.field("parent", pa.int32()),  # of an attribute: node of its object
        pa.field("quantifier", pa.string()),  # of an object: digits, or a word: some, pair
        pa.field("confidence", pa.float32()),  # how sure the parser is, 0-1
    ]
)
EDGES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("edge", pa.int32(), nullable=False),  # from left to right, from 0
        pa.field("source", pa.int32(), nullable=False),  # node
        pa.field("target", pa.int32(), nullable=False),  # node
        pa.field("relation", pa.string(), nullable=False),  # caption[start:end]
        pa.field("lemma", pa.string(), nullable=False),  # sit on, wear, have, of, with, ...
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("confidence", pa.float32()),  # how sure the parser is, 0-1
    ]
)
CARRIED = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),  # of a pair in another language
        pa.field("of", pa.string(), nullable=False),  # English pair of the same image, with a graph
    ]
)
TABLES = {
    "nodes": Table(NODES, ("uid", "node")),
    "edges": Table(EDGES, ("uid", "edge")),
    "carried": Table(CARRIED, ("uid", "of")),
}


@parameters
class Params:
    """Where the words come from, who reads them, and how sure it must be."""

    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files
    least: Annotated[float, Field(ge=0, le=1)] = parser.LEAST  # confidence of a node or edge
    checkpoint: str | None = None  # folder of a Flan-T5 of FACTUAL's instead of our parser


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """Nodes and edges of every English caption that is understood.

    Raises:
        SourceError: the WordNet package was not fetched.
        WeightsError: the parser's file or the checkpoint cannot be loaded.
    """
    english = pairs.filter(languages.english(pairs.column("lang")))
    captions = sorted(set(english.column("caption").to_pylist()))
    folder = wordnet.folder_of(context.packages, params.wordnet).resolve()
    found = texts.each(
        parse_all, captions, folder, params.least, params.checkpoint,
        label="scene graphs", unit="captions",
    )  # fmt: skip
    graphs = dict(zip(captions, found, strict=True))
    owned = [
        (uid, graphs[caption])
        for uid, caption in zip(
            english.column("uid").to_pylist(), english.column("caption").to_pylist(), strict=True
        )
    ]
    understood = [uid for uid, graph in owned if graph.nodes]
    return {
        "nodes": as_table(_nodes(owned), NODES),
        "edges": as_table(_edges(owned), EDGES),
        "carried": carried(pairs, understood),
    }


def parse_all(
    captions: Sequence[str],
    folder: Path,
    least: float = parser.LEAST,
    checkpoint: str | None = None,
) -> list[Graph]:
    """Scene graphs of some captions, with the lexicon over a folder of WordNet's files."""
    words = lexicon.of_folder(folder)
    if checkpoint is not None:
        return seq2seq.parse_all(captions, words, Path(checkpoint), least)
    return [parser.parse(caption, words, least=least) for caption in captions]


def carried(pairs: pa.Table, understood: Sequence[str]) -> pa.Table:
    """Pairs of other languages with every English pair of their image that has a graph."""
    chosen = pairs.select(["uid", "image"])
    english = languages.english(pairs.column("lang"))
    has_graph = pc.is_in(pairs.column("uid"), pa.array(understood, pa.string()))
    known = chosen.filter(has_graph).rename_columns(["of", "image"])
    joined = chosen.filter(pc.invert(english)).join(known, "image", join_type="inner")
    return joined.select(CARRIED.names).cast(CARRIED)


def figures(pairs: pa.Table, tables: dict[str, pa.Table]) -> dict[str, Any]:
    """How many captions were read, left out, and understood."""
    english = pairs.filter(languages.english(pairs.column("lang")))
    nodes, edges = tables["nodes"], tables["edges"]
    objects = nodes.filter(pc.equal(nodes.column("kind"), OBJECT))
    graphs = pc.count_distinct(nodes.column("uid")).as_py()
    return {
        "english_pairs": english.num_rows,
        "english_captions": pc.count_distinct(english.column("caption")).as_py(),
        "pairs_of_other_languages": pairs.num_rows - english.num_rows,
        "pairs_with_carried_graphs": pc.count_distinct(tables["carried"].column("uid")).as_py(),
        "graphs": graphs,
        "share_with_graph": graphs / english.num_rows if english.num_rows else None,
        "objects": objects.num_rows,
        "attributes": nodes.num_rows - objects.num_rows,
        "relations": edges.num_rows,
        "distinct_objects": pc.count_distinct(objects.column("lemma")).as_py(),
    }


def _nodes(owned: list[tuple[str, Graph]]) -> Iterator[tuple[Any, ...]]:
    for uid, graph in owned:
        for number, n in enumerate(graph.nodes):
            said = n.kind, n.text, n.lemma, n.start, n.end, n.parent, n.quantifier
            yield uid, number, *said, n.confidence


def _edges(owned: list[tuple[str, Graph]]) -> Iterator[tuple[Any, ...]]:
    for uid, graph in owned:
        for number, e in enumerate(graph.edges):
            yield uid, number, e.source, e.target, e.relation, e.lemma, e.start, e.end, e.confidence
