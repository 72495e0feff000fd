import numpy as np

from align.grounding.matching import Rule, match, match_caption, named_boxes
from align.grounding.phrases import Phrase

RULE = Rule(least=0.5, temperature=0.05, sure=0.5)
AXES = np.eye(4)


def test_each_phrase_names_the_region_that_is_like_it() -> None:
    found = match(AXES[:2], AXES[[2, 1, 0]], [1, 1], RULE)
    assert [(m.ranked[0], m.named) for m in found] == [(2, 1), (1, 1)]


def test_a_phrase_that_no_region_is_like_names_none() -> None:
    [found] = match(AXES[:1], AXES[1:], [1], RULE)
    assert found.named == 0
    assert sorted(found.ranked.tolist()) == [0, 1, 2]


def test_a_plural_names_several_regions_and_a_counted_one_no_more_than_its_number() -> None:
    regions = AXES[[0, 1, 0, 0]]
    named = [match(AXES[:1], regions, [count], RULE)[0].named for count in (1, 2, None)]
    assert named == [0, 2, 3]  # of three that are equally alike, one alone is not sure
    several = match(AXES[:1], regions, [None], RULE)[0]
    assert sorted(several.ranked[:3].tolist()) == [0, 2, 3]


def test_a_caption_without_phrases_matches_nothing() -> None:
    assert match(np.zeros((0, 4)), AXES, [], RULE) == []


def test_only_phrases_that_name_a_region_have_boxes() -> None:
    said = [Phrase(node, 0, 3, words, 1) for node, words in ((2, "dog"), (5, "cat"))]
    of_words = {"dog": AXES[0], "cat": AXES[1]}
    boxes = np.array([[0.0, 0.0, 0.1, 0.1], [0.5, 0.5, 0.9, 0.9]])
    matches = match_caption(said, AXES[[3, 0]], of_words, RULE)
    found = named_boxes(said, matches, boxes)
    assert {node: own.tolist() for node, own in found.items()} == {2: [boxes[1].tolist()]}
    assert match_caption([], AXES, of_words, RULE) == []
