import itertools
import xml.etree.ElementTree as ET

from curate.reports import graphs

CAPTION = "a small dog sits on two red <mats> near a dog"


def node(number, kind, text, parent=None, quantifier=None, after=0):
    start = CAPTION.index(text, after)
    return {
        "node": number,
        "kind": kind,
        "text": text,
        "start": start,
        "end": start + len(text),
        "parent": parent,
        "quantifier": quantifier,
    }


def edge(source, target, relation):
    start = CAPTION.index(relation)
    end = start + len(relation)
    return {"source": source, "target": target, "relation": relation, "start": start, "end": end}


NODES = [
    node(0, "attribute", "small", parent=1),
    node(1, "object", "dog"),
    node(2, "attribute", "red", parent=3),
    node(3, "object", "<mats>", quantifier="2"),
    node(4, "object", "dog", after=20),
]
EDGES = [edge(1, 3, "sits on"), edge(3, 4, "near"), edge(1, 4, "near")]
SENSES = {1: graphs.Sense("dog.n.01", "a canine", ("canine", "entity"))}


def drawn():
    return ET.fromstring(graphs.draw(NODES, EDGES, SENSES))


def boxes(kind):
    found = [e for e in drawn().iter() if e.get("class") == kind]
    return [(float(e.get("x")), float(e.get("width"))) for e in found]


def test_everything_in_a_graph_is_drawn():
    text = " ".join(e.text for e in drawn().iter() if e.text)
    for word in ("dog", "2 × <mats>", "small", "red", "sits on", "near", "dog.n.01"):
        assert word in text
    assert len(boxes("object")) == 3
    assert len(boxes("attribute")) == 2
    assert len([e for e in drawn().iter() if e.get("class") == "arc"]) == 3


def test_objects_stand_in_the_order_of_the_caption_and_apart():
    row = boxes("object")
    assert row == sorted(row)
    assert all(x + width < other for (x, width), (other, _) in itertools.pairwise(row))


def test_nothing_is_drawn_outside_of_the_drawing():
    width = float(drawn().get("width"))
    assert all(x >= 0 and x + wide <= width for x, wide in boxes("object") + boxes("attribute"))


def test_arcs_over_the_same_stretch_lie_at_different_heights():
    labels = [e for e in drawn().iter() if e.get("class") == "relation"]
    heights = {e.get("y") for e in labels}
    assert len(heights) == 2  # the long arc lies above the two short ones, which do not meet


def test_the_caption_in_pieces_is_the_caption():
    pieces = graphs.words(CAPTION, NODES, EDGES)
    assert "".join(text for text, _ in pieces) == CAPTION
    assert ("sits on", "relation") in pieces
    assert ("small", "attribute") in pieces


def test_a_graph_is_also_told_in_words():
    assert graphs.spoken(NODES, EDGES) == (
        "objects: dog, 2 × <mats>, dog; dog is small; <mats> is red; "
        "dog sits on <mats>; <mats> near dog; dog near dog"
    )


def test_a_graph_of_one_object_has_a_drawing():
    svg = ET.fromstring(graphs.draw([node(0, "object", "dog")], [], {}))
    assert [e.text for e in svg.iter() if e.get("class") == "name"] == ["dog"]
