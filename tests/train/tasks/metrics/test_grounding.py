"""Recall of phrases' regions, by hand."""

import numpy as np
import pytest

from tests.train.tasks import _made
from train.tasks.metrics import grounding

_LEFT, _RIGHT, _BOTH = (0.0, 0.0, 0.25, 1.0), (0.75, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)
_NOWHERE = (0.4, 0.4, 0.41, 0.41)


def test_several_regions_are_one_around_all_or_each_by_itself():
    examples = _made.table(*({"boxes": [_LEFT, _RIGHT]} for _ in range(2)))
    found = grounding.measure(_made.given(np.array([_LEFT]), np.array([_NOWHERE, _BOTH])), examples)
    assert found["merged"] == {"recall_at_1": 0.0, "recall_at_5": 0.5, "recall_at_10": 0.5}
    assert found["any"] == {"recall_at_1": 0.5, "recall_at_5": 0.5, "recall_at_10": 0.5}


def test_recall_counts_phrases_whose_region_is_among_the_best_boxes_by_kind():
    examples = _made.table(
        *({"boxes": [_LEFT], "kind": kind} for kind in ("people", "people", "scene", "scene"))
    )

    def at(rank):
        return np.array([_NOWHERE] * (rank - 1) + [_LEFT])

    found = grounding.measure(_made.given(at(1), at(5), at(6), at(11)), examples)
    assert found["any"] == {"recall_at_1": 0.25, "recall_at_5": 0.5, "recall_at_10": 0.75}
    assert found["kinds"]["people"]["merged"]["recall_at_5"] == 1
    assert found["kinds"]["scene"]["merged"]["recall_at_10"] == pytest.approx(0.5)
    assert found["kinds"]["scene"]["examples"] == 2
