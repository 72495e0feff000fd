import pytest

from align import parser
from align.facts import agreement, named, of_graph
from curate.dataset.truth import Fact


@pytest.mark.parametrize(
    ("caption", "facts"),
    [
        ("a big red ball", {("object", "ball"), ("attribute", "ball", "big")}),
        ("two dogs and a cat", {("object", "dog"), ("count", "dog", "2"), ("object", "cat")}),
        ("a cat on a table", {("relation", "cat", "on", "table")}),
        ("some dogs", {("object", "dog")}),
    ],
)
def test_a_graph_states_what_its_caption_says(words, caption, facts):
    assert {Fact(*fact) for fact in facts} <= of_graph(parser.parse(caption, words))


def test_words_for_one_relation_are_one_fact_and_a_single_thing_is_not_counted():
    assert named([Fact("relation", "dog", "to left of", "cat"), Fact("count", "dog", "1")]) == {
        Fact("relation", "dog", "left of", "cat")
    }
    assert named([Fact("count", "dog", "2")])


def test_agreement_tells_what_is_missing_on_either_side():
    dog, cat, red = Fact("object", "dog"), Fact("object", "cat"), Fact("attribute", "dog", "red")
    assert agreement(frozenset({dog, cat}), frozenset({dog})) == (0.5, 1.0)
    assert agreement(frozenset({dog}), frozenset({dog, cat, red})) == (1.0, pytest.approx(1 / 3))
    assert agreement(frozenset(), frozenset({dog})) == (1.0, 0.0)
    assert agreement(frozenset({dog}), frozenset({dog})) == (1.0, 1.0)
