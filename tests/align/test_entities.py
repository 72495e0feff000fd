import pytest

from align import entities
from align.ontologies import KIND_OF, PART_OF, Concept, Fact, Ontology
from curate.dataset import wordnet
from curate.dataset.errors import ParamsError, PluginError


def ontology():
    concepts = [
        Concept("c:FR", "France", synset="n1"),
        Concept("c:JE", "Jersey"),
        Concept("c:EU", "Europe"),
        Concept("c:pet", "house pet", ("pet",)),
    ]
    facts = (
        Fact("c:FR", PART_OF, "c:EU"),
        Fact("c:FR", "eats", "c:pet"),
        Fact("c:pet", KIND_OF, "c:JE"),
    )
    return Ontology({c.id: c for c in concepts}, facts, {"1f429": "c:pet"})


@pytest.fixture
def graphs():
    return entities.Graphs({"c": ontology()})


def meant(graphs, *texts, synset=None):
    return [(concept.id, method) for concept, method in graphs.meant(texts, synset)]


def test_a_concept_with_a_synset_is_meant_by_that_sense_only(graphs):
    assert meant(graphs, "france", synset="n1") == [("c:FR", "sense")]
    assert meant(graphs, "France", synset="n2") == []


def test_a_concept_without_one_is_meant_by_its_names_as_they_are_written(graphs):
    assert meant(graphs, "Jersey") == [("c:JE", "name")]
    assert meant(graphs, "jersey") == []
    assert meant(graphs, "house pet", "pet") == [("c:pet", "name")]
    assert meant(graphs, "House Pet") == [("c:pet", "name")]


def test_a_picture_shows_what_its_file_is_named_by(graphs):
    for url in ("pkg:npm/emoji#assets/1f429.webp", "http://host/1F429-FE0F.png"):
        assert [concept.id for concept in graphs.shown(url)] == ["c:pet"]
    assert graphs.shown("http://host/dog.png") == []


def test_around_a_concept_lies_all_above_it_and_what_it_relates_to(graphs):
    concepts, facts = graphs.around(["c:FR"])
    assert [concept.id for concept in concepts] == ["c:EU", "c:FR", "c:pet"]
    assert facts == [Fact("c:FR", "eats", "c:pet"), Fact("c:FR", PART_OF, "c:EU")]
    assert [concept.name for concept in graphs.above("c:FR")] == ["Europe"]


def test_a_graph_in_a_circle_is_followed_once(graphs):
    facts = (Fact("x:a", PART_OF, "x:b"), Fact("x:b", PART_OF, "x:a"))
    concepts = {f"x:{n}": Concept(f"x:{n}", n) for n in "ab"}
    ring = entities.Graphs({"x": Ontology(concepts, facts)})
    assert {concept.name for concept in ring.above("x:a")} == {"a", "b"}
    assert len(ring.around(["x:a"])[1]) == 2


def test_graphs_are_loaded_by_kind_and_what_is_wrong_is_said(project, database_folder):
    database = wordnet.open_folder(database_folder)
    (project / "edges.csv").write_text("source,relation,target\na,part_of,b\n")
    own = {"kind": "edges", "path": "edges.csv"}
    found = entities.load({"mine": own}, project, database, "here")
    assert found.name("mine:a") == "a"
    with pytest.raises(PluginError, match="known: edges, emoji, rdf, territories"):
        entities.load({"mine": {"kind": "owl"}}, project, database, "here")
    with pytest.raises(ParamsError, match=r"unknown parameter here\.mine\.file"):
        entities.load({"mine": own | {"file": "x"}}, project, database, "here")
    with pytest.raises(ParamsError, match=r"here\.mine is 3, not a mapping"):
        entities.load({"mine": 3}, project, database, "here")
