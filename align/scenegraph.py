"""What a scene graph is: objects, their attributes and their relations, with character spans."""

from collections.abc import Iterable
from typing import NamedTuple

OBJECT, ATTRIBUTE = "object", "attribute"


class Node(NamedTuple):
    """An object, or an attribute of one."""

    kind: str  # object or attribute
    text: str  # caption[start:end]
    lemma: str
    start: int  # characters from the caption's start
    end: int  # one past the last character
    parent: int | None = None  # the object that an attribute belongs to
    quantifier: str | None = None  # of an object: digits of a number, else a word: some, pair
    verbal: bool = False  # an attribute that is a verb said of its object: a dog `sleeps`
    confidence: float = 1.0  # how sure the parser is, 0-1


class Edge(NamedTuple):
    """A relation from one object to another."""

    source: int
    target: int
    relation: str  # caption[start:end]
    lemma: str  # verb's base form and preposition, without articles: sit on
    start: int
    end: int
    verbal: bool = False  # begins with a verb
    confidence: float = 1.0  # how sure the parser is, 0-1


class Graph(NamedTuple):
    """A caption's nodes, named by their place in the list, and edges."""

    nodes: list[Node]
    edges: list[Edge]

    def roots(self) -> list[int]:
        """Objects that no relation leads to: what the caption is about."""
        targets = {edge.target for edge in self.edges}
        return [i for i, n in enumerate(self.nodes) if n.kind == OBJECT and i not in targets]


def ordered(nodes: list[Node], edges: Iterable[Edge]) -> Graph:
    """The same graph with its nodes numbered from left to right, edges distinct and sorted."""
    order = sorted(
        range(len(nodes)), key=lambda i: (nodes[i].start, nodes[i].end, nodes[i].kind, i)
    )
    place = {old: new for new, old in enumerate(order)}
    moved = [
        node._replace(parent=None if node.parent is None else place[node.parent])
        for node in (nodes[i] for i in order)
    ]
    kept = {e._replace(source=place[e.source], target=place[e.target]) for e in edges}
    return Graph(moved, sorted(kept, key=lambda e: (e.start, e.source, e.target, e.lemma)))


def shifted(graph: Graph, characters: int, nodes: int) -> Graph:
    """The graph of a part of a caption, as a part of the whole's: spans and numbers moved on."""
    return Graph(
        [
            n._replace(
                start=n.start + characters,
                end=n.end + characters,
                parent=None if n.parent is None else n.parent + nodes,
            )
            for n in graph.nodes
        ],
        [
            e._replace(
                source=e.source + nodes,
                target=e.target + nodes,
                start=e.start + characters,
                end=e.end + characters,
            )
            for e in graph.edges
        ],
    )
