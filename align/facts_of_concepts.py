"""Linked meanings and concepts in; all that is known of them, and facts in words, out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from align import relatives
from align.entities import Graphs
from align.linking import Found
from align.ontologies import KIND_OF, MEMBER_OF, OPPOSITE, PART_OF, Concept
from curate.dataset.wordnet import Synset, WordNet

_SAID = {  # how a fact is told in words
    KIND_OF: "is a", PART_OF: "is part of", MEMBER_OF: "belongs to", OPPOSITE: "is the opposite of",
}  # fmt: skip

Node = tuple[str, int]  # uid and number


class Known(NamedTuple):
    """The part of the graphs around some meanings."""

    synsets: list[Synset]  # the linked ones, their wholes and opposites, and all above these
    hypernyms: list[tuple[str, str]]
    concepts: list[Concept]
    relations: list[tuple[str, str, str]]


def gather(
    database: WordNet, graphs: Graphs, synsets: Iterable[str], concepts: Iterable[str]
) -> Known:
    """What is known of some synsets and some concepts of other graphs.

    Args:
        database: WordNet.
        graphs: the others.
        synsets: ids of those that something is linked to.
        concepts: the same of the others.
    """
    own = sorted(set(synsets))
    relations = [fact for id_ in own for fact in _of_synset(database, id_)]
    ids = {*own, *(target for _, _, target in relations)}
    ids |= {above for id_ in list(ids) for above in database.ancestors(id_)}
    every = [database.synset(id_) for id_ in sorted(ids)]
    around, facts = graphs.around(concepts)
    return Known(
        every,
        [(synset.id, above) for synset in every for above in dict.fromkeys(synset.hypernyms)],
        around,
        sorted({*relations, *((f.source, f.relation, f.target) for f in facts)}),
    )


def branches(
    database: WordNet,
    graphs: Graphs,
    known: Known,
    spans: Mapping[Node, tuple[int, int]],
    links: Mapping[Node, Found],
    named: Sequence[tuple[str, int, str, str]],
    most: int,
) -> list[tuple[str, int, int, int, int, str, str, str]]:
    """Facts to hang on words: uid, node, number, start, end, text, relation, target.

    Of a noun that names a concept of another graph, that graph's facts come first; then the kind
    right above its sense, what this is part of, and its antonym.

    Args:
        database: WordNet.
        graphs: the others.
        known: what was gathered.
        spans: where the words of each node are in its caption.
        links: nodes' meanings.
        named: uid, node, concept and method of nodes that name concepts.
        most: facts of a node, at most.
    """
    targets = {synset.id: synset.lemmas[0] for synset in known.synsets}
    targets |= {concept.id: concept.name for concept in known.concepts}
    concepts: dict[Node, list[str]] = {}
    for uid, node, concept, _ in named:
        concepts.setdefault((uid, node), []).append(concept)
    found = []
    for (uid, node), (start, end) in sorted(spans.items()):
        facts = [
            (fact.relation, fact.target)
            for concept in concepts.get((uid, node), ())
            for fact in graphs.facts(concept)
        ]
        if link := links.get((uid, node)):
            synset = link.sense.synset
            facts += [(KIND_OF, above) for above in database.synset(synset).hypernyms[:1]]
            facts += [(relation, target) for _, relation, target in _of_synset(database, synset)]
        told = [fact for fact in dict.fromkeys(facts) if fact[1] in targets][:most]
        for number, (relation, target) in enumerate(told):
            said = _SAID.get(relation, relation.replace("_", " "))
            text = f"{said} {targets[target]}"
            found.append((uid, node, number, start, end, text, relation, target))
    return found


def _of_synset(database: WordNet, id_: str) -> Iterator[tuple[str, str, str]]:
    """What relates a synset to others, but for its kinds."""
    for whole in relatives.wholes(database, id_):
        yield id_, PART_OF, whole
    for other in relatives.opposites(database, id_):
        yield id_, OPPOSITE, other
