import numpy as np

from align import parser
from align.decoding import runs
from align.network import LABELS


def odds(*names):
    return np.array([[0.8 if label == name else 0.05 for label in LABELS] for name in names])


def test_labels_in_a_row_are_runs_as_sure_as_all_their_tokens():
    found = runs(odds("attribute", "thing", "in thing", "none", "thing", "thing"))
    assert [(run.thing, run.start, run.end) for run in found] == [
        (False, 0, 1), (True, 1, 3), (True, 4, 5), (True, 5, 6),
    ]  # fmt: skip
    assert [round(run.confidence, 2) for run in found] == [0.8, 0.64, 0.8, 0.8]


def test_what_goes_on_without_a_start_starts():
    assert [(r.thing, r.start, r.end) for r in runs(odds("in attribute", "in thing"))] == [
        (False, 0, 1), (True, 1, 2),
    ]  # fmt: skip


def test_a_sentence_that_the_network_is_unsure_of_is_left_to_the_rules(words, said):
    graph = parser.parse("zorbly big glimfark dogs on hat", words)
    assert {node.confidence for node in graph.nodes} == {parser.RULED}
    assert parser.parse("zorbly big glimfark dogs on hat", words, least=0.6).nodes == []


def test_each_sentence_is_read_for_itself(words, said):
    graph = parser.parse("A dog in a box. A man wearing a hat.", words)
    assert said(graph) == {"dog", "box", "man", "hat", "dog in box", "man wear hat"}


def test_relations_are_said_in_one_direction(words):
    graph = parser.parse("a dog holding a cat and a man near a tree in a box", words)
    pairs = [frozenset((e.source, e.target)) for e in graph.edges]
    assert len(pairs) == len(set(pairs)) > 0
