import pytest

from augment.facts import Graph
from augment.transforms.stated import alone, mirrored
from curate.dataset.truth import Fact


def node(number, lemma, text=None, parent=None, quantifier=None):
    return {
        "node": number,
        "lemma": lemma,
        "text": text or lemma,
        "parent": parent,
        "quantifier": quantifier,
    }


# two red dogs to the left of a cat, with some hay
SCENE = Graph(
    [
        node(0, "dog", "dogs", quantifier="2"),
        node(1, "red", parent=0),
        node(2, "cat"),
        node(3, "hay", quantifier="some"),
    ],
    [
        {"source": 0, "target": 2, "lemma": "to left of"},
        {"source": 2, "target": 3, "lemma": "with"},
    ],
)


def test_a_graph_states_its_objects_counts_attributes_and_relations():
    assert set(SCENE.facts()) == {
        Fact("object", "dog"),
        Fact("count", "dog", "2"),
        Fact("attribute", "dog", "red"),
        Fact("object", "cat"),
        Fact("object", "hay"),
        Fact("relation", "dog", "to left of", "cat"),
        Fact("relation", "cat", "with", "hay"),
    }


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("left", "right"),
        ("to left of", "to right of"),
        ("right-facing", "left-facing"),
        ("leftmost", "rightmost"),
        ("bright", "bright"),
        ("upright", "upright"),
        ("cleft", "cleft"),
    ],
)
def test_a_mirror_swaps_the_sides_that_a_fact_names_and_nothing_else(value, other):
    fact = Fact("relation", "dog", value, "cat")
    assert mirrored(fact) == Fact("relation", "dog", other, "cat")
    assert mirrored(mirrored(fact)) == fact


def test_one_object_is_alone_where_every_caption_names_it_and_no_more():
    bean = Graph([node(0, "bean"), node(1, "green", parent=0)], [])
    one = Graph([node(0, "bean", quantifier="1")], [])
    assert alone([bean, one]) == "bean"
    assert alone([]) is None
    assert alone([bean, Graph([node(0, "pea")], [])]) is None
    assert alone([Graph([node(0, "bean", "beans")], [])]) is None
    assert alone([Graph([node(0, "sheep", quantifier="3")], [])]) is None
    assert alone([bean, SCENE]) is None
