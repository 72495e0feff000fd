from align import tokens
from align.anchors import BARE, anchor, placed
from align.rules import read


def told(caption, facts, words):
    (part,) = tokens.sentences(caption, words)
    text = [token.text for token in part]
    found = anchor(facts, part)
    return text, found


def test_facts_are_found_as_written_in_base_form_and_as_numbers(words):
    facts = {("dog", "2"), ("dog", "big"), ("dog", "ride", "hat")}
    text, found = told("two big dogs riding a hat", facts, words)
    assert [text[start:end] for start, end in found.things] == [["dogs"], ["hat"]]
    assert {text[a.run[0]] for a in found.attributes} == {"two", "big"}
    (relation,) = found.relations
    assert (text[relation.verb], relation.rest) == ("riding", BARE)
    assert found.lost == 0


def test_a_misspelt_thing_is_found(words):
    text, found = told("a wmdow in a hat", {("window", "in", "hat")}, words)
    assert found.lost == 1
    text, found = told("a windwo in a hat", {("window", "in", "hat")}, words)
    assert [text[start] for start, _ in found.things] == ["windwo", "hat"]


def test_a_predicate_that_no_word_tells_keeps_its_own_words(words):
    _, found = told("dog in a hat", {("dog", "wear", "hat")}, words)
    (relation,) = found.relations
    assert (relation.verb, relation.rest) == (None, "wear")


def test_what_the_caption_does_not_hold_is_lost(words):
    _, found = told("a dog", {("dog", "in", "kitchen"), ("dog", "red")}, words)
    assert (found.relations, found.attributes, found.lost) == ([], [], 2)


def test_a_graph_with_spans_has_its_places_by_them(words):
    caption = "two big dogs on a hat"
    (part,) = tokens.sentences(caption, words)
    found = placed(read(caption, words), part)
    assert found.things == [(2, 3), (5, 6)]
    assert [a.run for a in found.attributes] == [(1, 2)]
    assert [(r.source, r.target, r.rest) for r in found.relations] == [((2, 3), (5, 6), "on")]
