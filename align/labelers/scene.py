"""Kept pairs in, scene graphs of their English captions out: nodes and edges with spans.

A distinct caption is parsed once, whatever the number of its pairs: by the parser of the package
(`align.parser`), or by a checkpoint of FACTUAL's (`align.seq2seq`). A caption of another language
has no graph of its own; the table `carried` names the English pairs of the same picture whose
graphs say what it shows, so that no span is ever taken for one of the other language's words.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
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
    captions = pc.unique(english.column("caption")).sort()
    folder = wordnet.folder_of(context.packages, params.wordnet).resolve()
    found = texts.grouped(
        parsed, captions.to_pylist(), folder, params.least, params.checkpoint,
        label="scene graphs", unit="captions",
    )  # fmt: skip
    of = pc.index_in(english.column("caption"), value_set=captions).to_numpy()
    nodes, edges = (
        _owned([part[number] for part in found], english.column("uid"), of, schema)
        for number, schema in enumerate((NODES, EDGES))
    )
    understood = pc.unique(nodes.column("uid"))
    return {"nodes": nodes, "edges": edges, "carried": carried(pairs, understood)}


def parsed(
    captions: Sequence[str], folder: Path, least: float, checkpoint: str | None
) -> tuple[pa.Table, pa.Table]:
    """Nodes and edges of some captions, each named by its place among them.

    A graph is 3 kB of Python's objects and 0.4 kB of rows: of a million only rows are held.
    """
    graphs = list(enumerate(parse_all(captions, folder, least, checkpoint)))
    return as_table(_nodes(graphs), _numbered(NODES)), as_table(_edges(graphs), _numbered(EDGES))


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


def carried(pairs: pa.Table, understood: pa.Array) -> pa.Table:
    """Pairs of other languages with every English pair of their image that has a graph."""
    chosen = pairs.select(["uid", "image"])
    english = languages.english(pairs.column("lang"))
    has_graph = pc.is_in(pairs.column("uid"), value_set=understood)
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


def _numbered(schema: pa.Schema) -> pa.Schema:
    """A table's schema, its rows named by a caption's number instead of a pair's uid."""
    return schema.set(0, pa.field("caption", pa.int64(), nullable=False))


def _owned(
    parts: Sequence[pa.Table], uids: pa.ChunkedArray, of: np.ndarray, schema: pa.Schema
) -> pa.Table:
    """The rows of each pair's caption, in the order of the pairs.

    Args:
        parts: of each group of captions its rows, as `parsed` gives them.
        uids: of P pairs.
        of: number of the caption of each, `(P,)`.
        schema: of the table.
    """
    rows = pa.concat_tables([_numbered(schema).empty_table(), *parts])
    starts = np.repeat(np.arange(len(parts)) * texts.GROUP, [part.num_rows for part in parts])
    captions = rows.column("caption").to_numpy() + starts.astype(np.int64)
    first, last = (np.searchsorted(captions, of, side) for side in ("left", "right"))
    count = last - first
    pair = np.repeat(np.arange(len(of)), count)
    place = np.arange(len(pair)) + np.repeat(first - np.cumsum(count) + count, count)
    found = rows.drop_columns("caption").take(pa.array(place))
    return found.add_column(0, schema.field("uid"), uids.take(pa.array(pair))).cast(schema)


def _nodes(graphs: Sequence[tuple[int, Graph]]) -> Iterator[tuple[Any, ...]]:
    for caption, graph in graphs:
        for number, n in enumerate(graph.nodes):
            said = n.kind, n.text, n.lemma, n.start, n.end, n.parent, n.quantifier
            yield caption, number, *said, n.confidence


def _edges(graphs: Sequence[tuple[int, Graph]]) -> Iterator[tuple[Any, ...]]:
    for caption, graph in graphs:
        for number, e in enumerate(graph.edges):
            said = e.source, e.target, e.relation, e.lemma, e.start, e.end
            yield caption, number, *said, e.confidence
