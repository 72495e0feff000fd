"""Folders of labels in; the concepts that phrases may mean, and how these are related, out.

Synsets come from WordNet; further concepts from other graphs (countries, emoji, a user's own).
"""

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout
from align.graphs.phrases import optional
from curate.dataset import tables

_SYNSET = pa.schema([(name, pa.string()) for name in ("synset", "name", "gloss", "lexfile")])
_HYPERNYM = pa.schema([("synset", pa.string()), ("hypernym", pa.string())])
_CONCEPT = pa.schema([(name, pa.string()) for name in ("concept", "name", "description", "synset")])
_RELATION = pa.schema([(name, pa.string()) for name in ("source", "relation", "target")])
_TOLD = pa.schema([(name, pa.string()) for name in ("concept", "name", "gloss", "field")])


class Ontology(NamedTuple):
    """Concepts and edges between them, each once."""

    concepts: pa.Table  # concept, name, gloss, field
    edges: pa.Table  # source, target, kind


def read(pool: Path, made: Path | None) -> Ontology:
    """What is known of concepts; empty without labels of knowledge.

    A concept of another graph has that graph's name for its field of meaning, as `countries` of
    `countries:FR`, and is the same as a synset where one is known to mean it.

    Args:
        pool: folder of the labels of the pool's pairs.
        made: the same of made pairs.
    """
    synsets = optional("knowledge", "synsets", pool, made, _SYNSET).rename_columns(_TOLD.names)
    above = optional("knowledge", "hypernyms", pool, made, _HYPERNYM)
    others = optional("knowledge", "concepts", pool, made, _CONCEPT)
    more = optional("knowledge", "relations", pool, made, _RELATION)
    described = pc.not_equal(others["description"], "")
    gloss = pc.if_else(described, others["description"], pa.scalar(None, pa.string()))
    graph = pc.replace_substring_regex(others["concept"], ":.*", "")
    named = pa.table([others["concept"], others["name"], gloss, graph], schema=_TOLD)
    same = others.filter(pc.is_valid(others["synset"]))
    known = pa.concat_tables(
        [
            _edges(above["synset"], above["hypernym"], layout.KIND_OF),
            _edges(same["concept"], same["synset"], layout.SAME),
            _edges(
                more["source"], more["target"], pc.replace_substring(more["relation"], "_", " ")
            ),
        ]
    )
    concepts = pa.concat_tables([synsets.cast(_TOLD), named])
    for end in ("source", "target"):
        known = tables.rows_with(known, end, concepts.column("concept"))
    return Ontology(concepts, known.group_by(known.column_names, use_threads=False).aggregate([]))


def _edges(
    source: pa.ChunkedArray, target: pa.ChunkedArray, kind: str | pa.ChunkedArray
) -> pa.Table:
    kinds = pa.repeat(kind, len(source)) if isinstance(kind, str) else kind
    return pa.table({"source": source, "target": target, "kind": kinds})
