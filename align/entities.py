"""Nouns in captions and pictures in; the concepts of knowledge graphs that they name or show, out.

A concept that says which synset it is, is meant by the nouns that have this sense; one that says
none, by the nouns that are written as it is. A name with a capital is only found where the caption
writes one, so `turkey` is no country and `Jersey` may be one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from align.ontologies import UPWARD, Concept, Fact, Ontology
from curate.dataset.errors import ParamsError
from curate.dataset.wordnet import WordNet
from curate.stage import plugin
from curate.stage.params import build

PACKAGE = "align.ontologies"
SENSE, NAME = "sense", "name"  # how a noun was found to mean a concept


class Graphs:
    """Knowledge graphs beside WordNet, by their names.

    Args:
        graphs: the loaded ones.
    """

    def __init__(self, graphs: Mapping[str, Ontology]) -> None:
        self._graphs = dict(sorted(graphs.items()))
        self._synsets: defaultdict[str, list[Concept]] = defaultdict(list)
        self._names: defaultdict[str, list[Concept]] = defaultdict(list)
        self._facts: defaultdict[str, list[Fact]] = defaultdict(list)
        for graph in self._graphs.values():
            for concept in graph.concepts.values():
                if concept.synset is not None:
                    self._synsets[concept.synset].append(concept)
                elif graph.named:
                    for name in dict.fromkeys(map(str.casefold, concept.names)):
                        self._names[name].append(concept)
            for fact in graph.facts:
                self._facts[fact.source].append(fact)
        self._known = {
            id_: c for graph in self._graphs.values() for id_, c in graph.concepts.items()
        }

    def meant(self, texts: Iterable[str], synset: str | None) -> Iterator[tuple[Concept, str]]:
        """Concepts that a noun names, and how they were found.

        Args:
            texts: what the noun may be called: as it is written, its lemma.
            synset: id of its sense; None: it has none.
        """
        found: dict[str, tuple[Concept, str]] = {}
        for concept in self._synsets.get(synset or "", ()):
            found[concept.id] = (concept, SENSE)
        for text in texts:
            for concept in self._names.get(text.casefold(), ()):
                written = [name for name in concept.names if name.casefold() == text.casefold()]
                if any(name == name.lower() or text != text.lower() for name in written):
                    found.setdefault(concept.id, (concept, NAME))
        yield from found.values()

    def shown(self, url: str) -> list[Concept]:
        """Concepts that a picture shows, by the name of its file."""
        stem = PurePosixPath(unquote(url)).stem.lower().replace("-fe0f", "")
        graphs = self._graphs.values()
        return [graph.concepts[graph.pictured[stem]] for graph in graphs if stem in graph.pictured]

    def around(self, ids: Iterable[str]) -> tuple[list[Concept], list[Fact]]:
        """What is known of some concepts: all that lies above, and what else they relate to."""
        facts: dict[Fact, None] = {}
        level = seen = set(ids)
        while level:
            upward = [fact for id_ in sorted(level) for fact in self._facts[id_]]
            facts.update(dict.fromkeys(upward))
            level = {fact.target for fact in upward if fact.relation in UPWARD} - seen
            seen = seen | level
        every = seen | {fact.target for fact in facts}
        return [self._known[id_] for id_ in sorted(every) if id_ in self._known], sorted(facts)

    def above(self, id_: str) -> list[Concept]:
        """All that a concept is a kind, a part or a member of, the nearest first."""
        found: dict[str, None] = {}
        level = [id_]
        while level:
            facts = [fact for own in level for fact in self._facts[own] if fact.relation in UPWARD]
            level = [fact.target for fact in facts if fact.target not in found]
            found.update(dict.fromkeys(level))
        return [self._known[target] for target in found if target in self._known]

    def facts(self, id_: str) -> list[Fact]:
        """What relates a concept to others."""
        return self._facts[id_]

    def name(self, id_: str) -> str | None:
        """The name of a concept; None for one of another graph."""
        return self._known[id_].name if id_ in self._known else None


def load(graphs: Mapping[str, Any], packages: Any, database: WordNet, where: str) -> Graphs:
    """The graphs that a section of params.yaml names.

    Args:
        graphs: name -> `kind` and the parameters of that kind.
        packages: folder of fetched packages.
        database: WordNet.
        where: dotted path of the section, for messages.

    Raises:
        ParamsError: a graph's parameters are wrong.
        PluginError: there is no such kind.
        DataError: a graph cannot be read; SourceError: a package was not fetched.
    """
    found = {}
    for name, values in graphs.items():
        if not isinstance(values, dict):
            raise ParamsError(f"{where}.{name} is {values!r}, not a mapping of parameters")
        own = dict(values)
        kind = plugin.load(PACKAGE, str(own.pop("kind", name)))
        params = build(kind.Params, own, f"{where}.{name}")
        found[name] = kind.load(name, params, packages, database)
    return Graphs(found)
