"""A file of RDF in (Turtle, RDF/XML, N-Triples, JSON-LD; read by rdflib); its graph out.

Names are `skos:prefLabel` or `rdfs:label`, in the wanted language or none, else the end of the
URI; aliases `skos:altLabel`; descriptions `skos:definition` or `rdfs:comment`. `rdfs:subClassOf`,
`rdf:type`, `skos:broader` and the like become `kind_of`, `dcterms:isPartOf` and
`skos:broaderPartitive` become `part_of`; any other property between two resources keeps the end
of its URI as name. `owl:sameAs` or `skos:exactMatch` may lead to a synset of WordNet, by a URI
that ends in its id (`...wn30/n02084071`) or its name (`...dog.n.01`).
"""

import re
from pathlib import Path
from typing import Any

from align.ontologies import KIND_OF, MEMBER_OF, PART_OF, Concept, Fact, Ontology
from align.ontologies.edges import synset_of
from curate.dataset.errors import DataError
from curate.dataset.wordnet import WordNet
from curate.stage.params import parameters

_NAME, _ALIAS, _TOLD = ("prefLabel", "label"), ("altLabel",), ("definition", "comment")
_SAME = ("sameAs", "exactMatch")
_RELATIONS = {
    "subClassOf": KIND_OF, "type": KIND_OF, "broader": KIND_OF, "broaderGeneric": KIND_OF,
    "broaderInstantial": KIND_OF, "isPartOf": PART_OF, "partOf": PART_OF, "part_of": PART_OF,
    "broaderPartitive": PART_OF, "memberOf": MEMBER_OF, "inScheme": MEMBER_OF,
}  # fmt: skip
_VOCABULARY = re.compile(r"http://www\.w3\.org/(1999/02/22-rdf|2000/01/rdf-schema|2002/07/owl)")


@parameters
class Params:
    """A file, and what of it."""

    path: str
    format: str | None = None  # rdflib's name of it: turtle, xml, nt, json-ld; null: by the ending
    language: str = "en"  # of names


def load(name: str, params: Params, packages: Path, database: WordNet) -> Ontology:  # noqa: ARG001
    """The graph of a file of RDF.

    Raises:
        DataError: the file is missing or is no RDF.
    """
    import rdflib

    graph = rdflib.Graph()
    try:
        graph.parse(params.path, format=params.format)
    except Exception as error:  # of the parser of whatever format it is
        raise DataError(f"{params.path} is no RDF that rdflib can read: {error}") from error
    said: dict[str, dict[str, list[str]]] = {}
    same: dict[str, str] = {}
    facts = []
    for subject, predicate, value in sorted(graph):
        own, what = str(subject), _end(str(predicate))
        if isinstance(value, rdflib.Literal):
            if value.language in (None, params.language):
                said.setdefault(own, {}).setdefault(what, []).append(str(value))
        elif what in _SAME and (synset := synset_of(_end(str(value)), database)):
            same[own] = synset
        elif not _VOCABULARY.match(str(value)):
            facts.append((own, _RELATIONS.get(what, what), str(value)))
    ids = {end for own, _, target in facts for end in (own, target)} | set(said) | set(same)
    concepts = {
        f"{name}:{own}": _concept(f"{name}:{own}", own, said.get(own, {}), same.get(own))
        for own in sorted(ids)
    }
    named = (Fact(f"{name}:{own}", what, f"{name}:{target}") for own, what, target in facts)
    return Ontology(concepts, tuple(dict.fromkeys(named)))


def _concept(id_: str, uri: str, said: dict[str, list[str]], synset: str | None) -> Concept:
    names = [name for what in _NAME for name in said.get(what, [])]
    names = list(dict.fromkeys(names)) or [_end(uri).replace("_", " ")]
    aliases = [*names[1:], *(name for what in _ALIAS for name in said.get(what, []))]
    told: list[Any] = [text for what in _TOLD for text in said.get(what, [])]
    return Concept(id_, names[0], tuple(aliases), told[0] if told else "", synset)


def _end(uri: str) -> str:
    """What comes last in a URI: after #, / or :."""
    return re.split(r"[#/:]", uri.rstrip("#/"))[-1]
