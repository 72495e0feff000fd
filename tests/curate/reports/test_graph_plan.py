import xml.etree.ElementTree as ET

from curate.reports import graph_plan

NODES = {"image": 3, "caption": 4000, "phrase": 7, "region": 12, "concept": 6}
EDGES = {"describes": 4000, "in": 19, "means": 7, "attribute": 2, "kind of": 5, "shown in": 3}


def texts(nodes=NODES, edges=EDGES):
    return [e.text or "" for e in ET.fromstring(graph_plan.draw(nodes, edges)).iter("text")]


def test_every_kind_of_node_and_edge_is_there_with_its_count():
    said = texts()
    for word in ("pictures", "captions", "phrases", "regions", "concepts"):
        assert word in said
    for words in ("4,000", "describes 4,000", "means 7", "shown in 3", "attribute 2", "kind of 5"):
        assert words in said
    assert said.count("in") == 2


def test_edges_that_there_are_none_of_are_not_drawn():
    said = texts(nodes={**NODES, "region": 0}, edges={**EDGES, "shown in": 0})
    assert said.count("in") == 1
    assert not any(words.startswith(("shown", "relation")) for words in said)


def test_captions_made_from_others_and_those_that_others_tell_of_are_both_counted():
    edges = {**EDGES, "made from": 3, "carried from": 1100}
    assert "made from 3, carried from 1,100" in texts(edges=edges)
