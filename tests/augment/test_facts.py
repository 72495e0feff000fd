import pytest

from augment import facts
from curate.dataset.errors import DataError


def test_a_graph_states_objects_attributes_counts_and_relations():
    nodes = (
        {"node": 0, "kind": "attribute", "lemma": "red", "parent": 1, "quantifier": None},
        {"node": 1, "kind": "object", "lemma": "apple", "parent": None, "quantifier": "2"},
        {"node": 2, "kind": "object", "lemma": "horse", "parent": None, "quantifier": "some"},
    )
    edges = ({"edge": 0, "source": 1, "target": 2, "lemma": "on"},)
    stated = facts.Graph(nodes, edges).facts()
    assert [fact.words() for fact in stated] == [
        "red apple",
        "apple",
        "2 x apple",
        "horse",
        "apple on horse",
    ]
    assert facts.rows("u", [*stated, stated[0]])[0] == {
        "uid": "u",
        "fact": 0,
        "kind": "attribute",
        "subject": "apple",
        "value": "red",
        "target": None,
    }
    assert len(facts.rows("u", [*stated, stated[0]])) == 5


def test_labels_that_are_not_there_are_an_error_that_says_what_to_do(project):
    with pytest.raises(DataError, match="label the pool first"):
        facts.graphs(project, ["a"])
