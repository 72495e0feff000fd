import pytest

from align.ontologies import KIND_OF, PART_OF, Fact, rdf
from curate.dataset import wordnet
from curate.dataset.errors import DataError

TURTLE = """
@prefix ex: <http://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dct: <http://purl.org/dc/terms/> .
ex:Poodle rdfs:subClassOf ex:Dog ; skos:prefLabel "poodle"@en, "Pudel"@de ;
    skos:altLabel "curly dog"@en ; rdfs:comment "a breed" .
ex:Dog a owl:Class ; owl:sameAs <http://wordnet.example/dog.n.01> ; dct:isPartOf ex:Pack ;
    ex:chases ex:Big_Cat .
"""


@pytest.fixture
def load(project, database_folder):
    def run(**params):
        database = wordnet.open_folder(database_folder)
        return rdf.load("zoo", rdf.Params(**params), project, database)

    return run


def test_turtle_becomes_a_graph_with_names_in_the_language_and_known_relations(load, project):
    (project / "zoo.ttl").write_text(TURTLE)
    graph = load(path="zoo.ttl")
    base = "zoo:http://example.org/"
    assert graph.concepts[f"{base}Poodle"].names == ("poodle", "curly dog")
    assert graph.concepts[f"{base}Poodle"].description == "a breed"
    assert graph.concepts[f"{base}Big_Cat"].name == "Big Cat"
    assert graph.concepts[f"{base}Dog"].synset is not None
    assert set(graph.facts) == {
        Fact(f"{base}Poodle", KIND_OF, f"{base}Dog"),
        Fact(f"{base}Dog", PART_OF, f"{base}Pack"),
        Fact(f"{base}Dog", "chases", f"{base}Big_Cat"),
    }
    german = load(path="zoo.ttl", language="de")
    assert german.concepts[f"{base}Poodle"].name == "Pudel"


def test_what_is_no_rdf_is_an_error_that_names_the_file(load, project):
    (project / "zoo.ttl").write_text("this is no turtle")
    with pytest.raises(DataError, match=r"zoo\.ttl is no RDF"):
        load(path="zoo.ttl")
    with pytest.raises(DataError, match=r"none\.ttl is no RDF"):
        load(path="none.ttl")
