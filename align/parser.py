"""An English caption in, its scene graph out: objects, attributes, relations, with their spans.

A trained network (`align.network`) decides by the words and by what rules (`align.rules`) make of
them. Where it abstains in a sentence, what the rules read stands, with the confidence `RULED`; the
forms of Unicode's names are read by `align.listed` as what they are. Every node and edge says how
sure the parser is of it; of what it is less sure than `LEAST` it says nothing, and of a caption
mostly of words that are no English nothing at all: an empty graph is better than a guess.
"""

import functools

from align import listed, network, rules, tokens
from align.decoding import decode
from align.lexicon import Lexicon
from align.network import Network
from align.scenegraph import Edge, Graph, Node, ordered, shifted

LEAST = 0.3  # confidence of a node or edge that is said
RULED = 0.5  # confidence of what the rules read where the network abstains


def parse(
    caption: str, lexicon: Lexicon, trained: Network | None = None, least: float = LEAST
) -> Graph:
    """Scene graph of an English caption; empty where nothing in it is understood.

    Args:
        caption: English text.
        lexicon: words over WordNet.
        trained: the network; by default that of the package.
        least: confidence that a node or edge needs, 0-1.

    Raises:
        WeightsError: the package's network is missing.
    """
    form = listed.read(caption, functools.partial(rules.read, lexicon=lexicon))
    return form or _parse(caption, lexicon, trained or network.load(), least)


def _parse(caption: str, lexicon: Lexicon, trained: Network, least: float) -> Graph:
    ruled = rules.read(caption, lexicon)
    if not ruled.nodes:
        return ruled
    nodes: list[Node] = []
    edges: list[Edge] = []
    for part in tokens.sentences(caption, lexicon):
        own = _within(ruled, part[0].start, part[-1].end)
        if not own.nodes:
            continue
        graph = decode(caption, part, ruled, lexicon, trained, least)
        if not graph.nodes and least <= RULED:
            graph = own
        moved = shifted(graph, 0, len(nodes))
        nodes += moved.nodes
        edges += moved.edges
    return ordered(nodes, edges)


def _within(graph: Graph, start: int, end: int) -> Graph:
    """The part of the rules' graph that some characters tell, as sure as the rules alone are."""
    kept = [i for i, node in enumerate(graph.nodes) if start <= node.start < end]
    if not kept:
        return Graph([], [])
    place = {old: new for new, old in enumerate(kept)}
    return Graph(
        [
            node._replace(
                parent=None if node.parent is None else place[node.parent], confidence=RULED
            )
            for node in (graph.nodes[i] for i in kept)
            if node.parent is None or node.parent in place
        ],
        [
            edge._replace(source=place[edge.source], target=place[edge.target], confidence=RULED)
            for edge in graph.edges
            if edge.source in place and edge.target in place
        ],
    )
