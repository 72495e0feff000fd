import numpy as np
import pytest

from curate import caught

KINDS = np.array(["", "", "", "", "blank", "blank", "shuffled", "shuffled"], object)


def test_precision_and_recall_are_of_what_was_planted_by_kind():
    dropped = np.array([1, 0, 0, 0, 1, 1, 1, 0], bool)
    assert caught.figures(dropped, KINDS) == {
        "dropped": 4,
        "precision": pytest.approx(3 / 4),
        "recall": pytest.approx(3 / 4),
        "clean_dropped": pytest.approx(1 / 4),
        "kinds": {"blank": 1.0, "shuffled": 0.5},
    }


def test_what_drops_nothing_has_no_precision_and_a_clean_pool_no_recall():
    nothing = caught.figures(np.zeros(8, bool), KINDS)
    assert (nothing["precision"], nothing["recall"]) == (None, 0.0)
    clean = caught.figures(np.ones(2, bool), KINDS[:2])
    assert (clean["precision"], clean["recall"], clean["kinds"]) == (0.0, None, {})


def test_a_pair_that_was_not_planted_is_clean():
    assert caught.kinds_of(np.array(["a", "b"]), {"b": "blank"}).tolist() == ["", "blank"]
