import json
from pathlib import Path

import networkx as nx
import pytest

from align.graph import SnapshotGraph
from align.graphs.question import Beside, Relation
from curate.dataset.errors import DataError

GRAPH = Path("graph")


@pytest.fixture(params=[100, 1], ids=["one part", "several parts"])
def graph(graphed, request):
    """The graph, and the uids of its captions."""
    uids = graphed(captions=request.param)
    return SnapshotGraph(GRAPH), uids


def test_a_concept_is_asked_about_with_all_its_kinds(graph):
    about = graph[0].ask("animal")
    assert (about.concept["name"], about.pictures, about.captions) == ("animal.n.01", 3, 3)
    assert about.kinds == [("cat.n.01", 2), ("dog.n.01", 2)]
    assert about.lineage == ["thing.n.01"]
    assert about.words == [("cat", 2), ("dog", 2)]
    assert about.languages == {"en": 3, "de": 1}
    assert about.numbers == {"2": 1}
    assert about.attributes == [("big", 1)]
    assert set(about.relations) == {
        Relation("dog", "on", "table", 1),
        Relation("cat", "on", "table", 1),
    }


def test_what_is_beside_a_concept_is_told_with_how_far_it_is_chance(graph):
    about = graph[0].ask("dog")
    # both of 5 pictures; dog in 2; table in 2, cat in 2: 1 * 5 / (2 * 2)
    found = {(b.name, b.pictures, b.lift) for b in about.beside}
    assert found == {("table.n.01", 1, 1.25), ("cat.n.01", 1, 1.25)}
    assert all(isinstance(b, Beside) for b in about.beside)


def test_an_attribute_is_a_concept_that_says_whose_it_is(graph):
    about = graph[0].ask("big")
    assert about.attribute_of == [("dog", 1), ("hat", 1)]
    assert about.pictures == 2


def test_pictures_are_shown_with_a_caption_that_names_the_concept(graph):
    graph, uids = graph
    shown = graph.ask("hat").shown
    assert {(p.text, p.caption) for p in shown} == {
        (text, uids[text]) for text in ("a man wearing a hat", "a big hat")
    }
    assert len(graph.ask("hat", most=1).shown) == 1


def test_a_concept_is_found_by_word_name_and_id(graph):
    graph, _ = graph
    dog = graph.concepts.one("dog")["concept"]
    for name in ("dog", "Dog", "dog.n.01", dog):
        assert graph.ask(name).concept["concept"] == dog


def test_an_unknown_concept_is_answered_with_those_that_begin_alike(graph):
    with pytest.raises(DataError, match=r"no concept 'doghouse'.*dog\.n\.01"):
        graph[0].ask("doghouse")


def test_neighbours_are_all_that_an_edge_joins_whichever_way_it_leads(graph):
    graph, uids = graph
    found = graph.neighbours(uids["a dog and a cat"])
    assert sorted((e["kind"], e["outward"]) for e in found) == [
        ("describes", True),
        ("in", False),
        ("in", False),
        ("made from", False),
    ]
    dog = graph.concepts.one("dog")["concept"]
    assert sorted(e["kind"] for e in graph.neighbours(dog)) == ["kind of", "means", "means"]


def test_around_a_node_is_what_lies_within_so_many_edges(graph):
    graph, uids = graph
    uid = uids["a man wearing a hat"]
    near, far = graph.around(uid), graph.around(uid, hops=2)
    assert uid in near
    assert nx.eccentricity(near.to_undirected(), uid) == 1
    assert nx.eccentricity(far.to_undirected(), uid) == 2
    whole = graph.whole().to_undirected()
    for hops, found in ((1, near), (2, far)):
        assert set(found) == set(nx.ego_graph(whole, uid, hops))


def test_around_what_has_too_many_neighbours_is_refused(graph):
    graph, uids = graph
    with pytest.raises(DataError, match="neighbours, above 1"):
        graph.around(uids["a dog and a cat"], most=1)


def test_the_whole_is_its_parts_and_survives_json(graph):
    graph, uids = graph
    whole = graph.whole()
    assert {n for n, kind in whole.nodes(data="kind") if kind == "caption"} == set(uids.values())
    assert sum(kind == "image" for _, kind in whole.nodes(data="kind")) == graph.pictures == 5
    data = json.loads(json.dumps(nx.node_link_data(whole, edges="edges")))
    again = nx.node_link_graph(data, edges="edges")
    assert nx.utils.graphs_equal(whole, again)


def test_a_node_that_is_not_there_and_a_graph_that_is_not_there_are_errors(graph):
    with pytest.raises(DataError, match="no node 'nobody'"):
        graph[0].neighbours("nobody")
    with pytest.raises(DataError, match="no node 'nobody'"):
        graph[0].around("nobody")
    with pytest.raises(DataError, match="dvc repro graph"):
        SnapshotGraph(Path("nowhere"))
