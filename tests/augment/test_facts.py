import pytest

from augment import facts
from augment.facts import ATTRIBUTE, COUNT, OBJECT, RELATION, Fact
from curate.dataset.errors import DataError

LEMON, HORSE, CAT = (Fact(OBJECT, name) for name in ("lemon", "horse", "cat"))
LEFT = Fact(RELATION, "lemon", "to left of", "horse")
SMALL = Fact(ATTRIBUTE, "lemon", "small")
RIGHT = Fact(RELATION, "lemon", "to right of", "horse")


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


@pytest.mark.parametrize(
    ("was", "becomes", "kind"),
    [
        ([LEMON, HORSE, LEFT], [LEMON, HORSE, RIGHT], RELATION),
        ([LEMON, Fact(COUNT, "lemon", "2")], [LEMON, Fact(COUNT, "lemon", "3")], COUNT),
        ([LEMON, SMALL], [LEMON, SMALL._replace(value="large")], ATTRIBUTE),
        ([LEMON, HORSE, LEFT], [LEMON, CAT, LEFT._replace(target="cat")], OBJECT),
    ],
)
def test_one_fact_that_differs_is_found_with_its_kind(was, becomes, kind):
    found = facts.difference(was, becomes)
    assert found is not None
    assert found.kind == kind
    assert (found.was in was, found.becomes in becomes) == (True, True)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ([LEMON, HORSE, LEFT], [HORSE, LEMON, LEFT]),
        ([LEMON, HORSE, LEFT], [LEMON, CAT, RIGHT._replace(target="cat")]),
        ([LEMON], [LEMON, HORSE]),
        ([LEMON, Fact(ATTRIBUTE, "lemon", "small")], [CAT, Fact(ATTRIBUTE, "cat", "large")]),
        ([Fact(COUNT, "lemon", "2"), LEMON], [Fact(COUNT, "cat", "3"), LEMON]),
    ],
)
def test_none_or_two_facts_that_differ_are_no_counterfactual(was, becomes):
    assert facts.difference(was, becomes) is None


def test_labels_that_are_not_there_are_an_error_that_says_what_to_do(project):
    with pytest.raises(DataError, match="label the pool first"):
        facts.graphs(project)
