import numpy as np
import pytest

from align.grounding.metrics import figures, judge, missed

ONE = np.array([[0.0, 0.0, 0.4, 0.4]])
TWO = np.array([[0.0, 0.0, 0.4, 0.4], [0.6, 0.6, 1.0, 1.0]])
SEEN = np.ones(2)


def test_a_region_right_on_the_box_is_right_by_every_measure() -> None:
    found = figures([judge(ONE, 1, ONE, SEEN[:1])])
    assert found == {
        "phrases": 1, "recall_any": 1, "recall_merged": 1, "pointing": 1,
        "named": 1, "pointing_named": 1, "alignment_error": 0,
    }  # fmt: skip


def test_a_plural_is_found_whole_only_with_all_its_boxes() -> None:
    first, both = judge(TWO, 1, TWO, SEEN), judge(TWO, 2, TWO, SEEN)
    assert (first.any, first.merged, both.any, both.merged) == (True, False, True, True)
    assert figures([first])["alignment_error"] == pytest.approx(1 - 2 / 3)
    assert figures([both])["alignment_error"] == 0


def test_an_unsure_phrase_still_points_but_links_nothing() -> None:
    found = figures([judge(ONE, 0, ONE, SEEN[:1])])
    assert (found["pointing"], found["named"], found["alignment_error"]) == (1, 0, 1)
    assert found["pointing_named"] is None


def test_a_region_elsewhere_is_a_wrong_link_and_a_second_on_the_same_thing_none_more() -> None:
    wrong = judge(TWO[::-1], 1, ONE, SEEN[:1])
    assert (wrong.links, wrong.right, wrong.pointed) == (1, 0, False)
    twice = judge(np.concatenate([ONE, ONE]), 2, ONE, SEEN[:1])
    assert (twice.links, twice.right) == (1, 1)


def test_a_link_to_a_hidden_thing_is_possible_but_not_missed() -> None:
    hidden = np.array([1.0, 0.2])
    assert figures([judge(TWO, 1, TWO, hidden)])["alignment_error"] == 0
    assert figures([judge(TWO, 2, TWO, hidden)])["alignment_error"] == 0


def test_a_mention_without_phrase_counts_as_missed() -> None:
    found = figures([missed(SEEN), judge(ONE, 1, ONE, SEEN[:1])])
    assert (found["pointing"], found["recall_any"], found["phrases"]) == (0.5, 0.5, 2)


def test_no_phrase_has_no_figures() -> None:
    assert figures([])["pointing"] is None
