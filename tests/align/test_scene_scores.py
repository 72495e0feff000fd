import pytest

from align.scene_scores import Judge, facts_of, scores
from align.scenegraph import ATTRIBUTE, OBJECT, Edge, Graph, Node


@pytest.fixture
def judge(words):
    return Judge(words.database)


DOGS = Graph(
    [
        Node(OBJECT, "dogs", "dog", 0, 4, quantifier="2"),
        Node(ATTRIBUTE, "Sleeping", "sleep", 5, 13, parent=0, verbal=True),
        Node(OBJECT, "hat", "hat", 20, 23),
        Node(OBJECT, "cat", "cat", 30, 33),
    ],
    [Edge(0, 2, "in", "in", 15, 17)],
)


def test_a_graph_says_its_facts_as_annotators_write_them():
    assert facts_of(DOGS) == {("dog", "2"), ("dog", "sleeping"), ("dog", "in", "hat"), ("cat",)}


def test_forms_of_words_and_articles_make_no_difference(judge):
    one = judge.normal({("Dogs", "riding", "the hats"), ("dogs", "group of")})
    assert one == judge.normal({("dog", "ride", "hat"), ("dog", "group")})


def test_the_same_facts_are_an_exact_match(judge):
    facts = facts_of(DOGS)
    found = scores([(facts, facts)], judge)
    assert (found["spice"], found["set_match"]) == (100.0, 100.0)
    assert found["errors"] == {}


def test_spice_counts_things_as_facts_and_is_a_mean_over_captions(judge):
    parsed, annotated = {("dog", "in", "hat")}, {("dog", "on", "hat")}
    found = scores([(parsed, annotated), (annotated, annotated)], judge)
    assert found["spice"] == pytest.approx((2 / 3 + 1) / 2 * 100)
    assert found["set_match"] == 50.0
    assert found["errors"]["relation: another predicate"] == 1


@pytest.mark.parametrize(
    ("fact", "error"),
    [
        (("hat", "big"), "attribute: of another thing"),
        (("dog", "red"), "attribute: none such"),
        (("hat", "wear", "dog"), "relation: turned round"),
        (("dog", "wear", "cat"), "relation: between others"),
        (("cat",), "thing: none such"),
    ],
)
def test_every_wrong_fact_is_wrong_in_a_way_that_has_a_name(fact, error, judge):
    annotated = frozenset({("dog", "big"), ("dog", "wear", "hat")})
    found = scores([(frozenset({*annotated, fact}), annotated)], judge)
    assert found["errors"][error] == 1


def test_a_parse_without_facts_scores_nothing(judge):
    found = scores([(frozenset(), frozenset({("dog", "big")}))], judge)
    assert found["spice"] == 0.0
    assert found["kinds"]["attributes"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
