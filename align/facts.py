"""A scene graph in, the facts that it states out; and how well two sets of facts agree.

A fact is (kind, subject, value, target), as `curate.dataset.truth.FACTS` has it. A relation has one
name whatever words say it (`to left of`, `left of`), and a single thing is no count of one.
"""

from collections.abc import Iterable
from typing import NamedTuple

from align.scenegraph import Graph
from curate.dataset.relations import relation_name
from curate.dataset.truth import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact


class Agreement(NamedTuple):
    """How far what a pair is made to state is what its caption says; shares, 0-1."""

    stated: float  # of the facts stated, those that the caption says
    said: float  # of the facts that the caption says, those that are stated


def named(facts: Iterable[Fact]) -> frozenset[Fact]:
    """Facts by their one name each, without counts of one."""
    plain = (f._replace(value=relation_name(f.value)) if f.kind == RELATION else f for f in facts)
    return frozenset(fact for fact in plain if (fact.kind, fact.value) != (COUNT, "1"))


def of_graph(graph: Graph) -> frozenset[Fact]:
    """Every fact that a scene graph states."""
    lemmas = [node.lemma for node in graph.nodes]
    found = []
    for node in graph.nodes:
        if node.parent is not None:
            found.append(Fact(ATTRIBUTE, lemmas[node.parent], node.lemma))
        elif node.kind == OBJECT:
            found.append(Fact(OBJECT, node.lemma))
            if (node.quantifier or "").isdecimal():
                found.append(Fact(COUNT, node.lemma, node.quantifier))
    found += [
        Fact(RELATION, lemmas[edge.source], edge.lemma, lemmas[edge.target]) for edge in graph.edges
    ]
    return named(found)


def agreement(stated: frozenset[Fact], said: frozenset[Fact]) -> Agreement:
    """Shares of each that the other holds too; 1 of an empty set."""
    both = len(stated & said)
    return Agreement(
        both / len(stated) if stated else 1.0,
        both / len(said) if said else 1.0,
    )
