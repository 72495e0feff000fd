"""The tables that the labeler knowledge writes: what each column of them says."""

import pyarrow as pa

from align.clues import LOOKS, TOPICS
from curate.dataset.tables import Table

LINKS = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),  # of the pair's scene graph
        pa.field("synset", pa.string(), nullable=False),  # part of speech and offset: n02084071
        pa.field("lemma", pa.string(), nullable=False),  # that was looked up
        pa.field("rank", pa.int32(), nullable=False),  # of the sense, 1: the lemma's commonest
        pa.field("method", pa.string(), nullable=False),  # see align.senses.Sense
        pa.field("margin", pa.float32()),  # log-odds over the next likeliest; null: there is none
    ]
)
ENTITIES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),
        pa.field("concept", pa.string(), nullable=False),  # of another graph: countries:FR
        pa.field(
            "method", pa.string(), nullable=False
        ),  # sense: the noun's; name: as it is written
    ]
)
DEPICTED = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field(
            "concept", pa.string(), nullable=False
        ),  # known by the picture's file: emoji:1f429
    ]
)
SYNSETS = pa.schema(
    [
        pa.field("synset", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),  # dog.n.01
        pa.field("gloss", pa.string(), nullable=False),
        pa.field("lexfile", pa.string(), nullable=False),  # field of meaning: noun.animal
    ]
)
HYPERNYMS = pa.schema(
    [
        pa.field("synset", pa.string(), nullable=False),
        pa.field("hypernym", pa.string(), nullable=False),  # what it is a kind, or an instance, of
    ]
)
CONCEPTS = pa.schema(
    [
        pa.field("concept", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),  # empty where the graph has none
        pa.field("synset", pa.string()),  # that means the same; null: none is known
    ]
)
RELATIONS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),  # synset or concept
        pa.field("relation", pa.string(), nullable=False),  # part_of, antonym, member_of, ...
        pa.field("target", pa.string(), nullable=False),
    ]
)
BRANCHES = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("node", pa.int32(), nullable=False),
        pa.field("branch", pa.int32(), nullable=False),  # the nearest facts first, from 0
        pa.field("start", pa.int32(), nullable=False),  # of the words: characters of the caption
        pa.field("end", pa.int32(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # is a canine
        pa.field("relation", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),  # synset or concept
    ]
)
VECTORS = pa.schema(
    [
        pa.field("concept", pa.string(), nullable=False),  # or synset
        pa.field("vector", pa.list_(pa.float16()), nullable=False),  # see align.entity_vectors
    ]
)
TABLES = {
    "links": Table(LINKS, ("uid", "node")),
    "entities": Table(ENTITIES, ("uid", "node", "concept")),
    "depicted": Table(DEPICTED, ("image", "concept")),
    "synsets": Table(SYNSETS, ("synset",)),
    "hypernyms": Table(HYPERNYMS, ("synset", "hypernym")),
    "concepts": Table(CONCEPTS, ("concept",)),
    "relations": Table(RELATIONS, ("source", "relation", "target")),
    "branches": Table(BRANCHES, ("uid", "node", "branch")),
    "vectors": Table(VECTORS, ("concept",)),
    "topics": Table(TOPICS, ("source", "word")),
    "looks": Table(LOOKS, ("field",)),
}
