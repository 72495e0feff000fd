'''One file per kind of knowledge graph: where it lies in, its concepts and relations out.

A kind is `align/ontologies/<kind>.py`; a graph is a key below `label_linked.knowledge.graphs` in
params.yaml, whose `kind` names its file (the key itself where it is left out). The file holds:

    @parameters
    class Params:
        path: str   # what it reads; the section's `reads` must cover it, so that DVC follows it

    def load(name: str, params: Params, packages: Path, database: WordNet) -> Ontology:
        """name: of the graph, with which ids of concepts begin: `countries:FR`."""

WordNet is no such kind: every noun is linked to it first, with its sense chosen, and a graph
profits from that: a concept that says which synset it is (`synset`) is meant where that sense is,
one that says none where its name stands in the caption.
'''

from collections.abc import Mapping
from typing import NamedTuple

KIND_OF, PART_OF, MEMBER_OF = "kind_of", "part_of", "member_of"
SAME_AS, OPPOSITE = "same_as", "antonym"
UPWARD = (KIND_OF, PART_OF, MEMBER_OF)  # relations that are followed as far as they lead


class Concept(NamedTuple):
    """A thing or a kind of things that a graph knows."""

    id: str  # begins with the graph's name and a colon
    name: str
    aliases: tuple[str, ...] = ()
    description: str = ""
    synset: str | None = None  # id of WordNet's noun for it

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)


class Fact(NamedTuple):
    """What relates two concepts."""

    source: str  # id
    relation: str
    target: str  # id, perhaps of a synset


class Ontology(NamedTuple):
    """A graph of knowledge."""

    concepts: Mapping[str, Concept]  # by id
    facts: tuple[Fact, ...]
    pictured: Mapping[str, str] = {}  # name of a picture's file, without ending -> id
    named: bool = True  # whether its concepts are meant where a caption names them
