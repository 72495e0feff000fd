"""Recall of phrases' regions, by hand."""

from tests.train.tasks import _made
from train.tasks.metrics import grounding

_LEFT, _RIGHT, _BOTH = (0.0, 0.0, 0.25, 1.0), (0.75, 0.0, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)
_NOWHERE = (0.4, 0.4, 0.41, 0.41)


def test_several_regions_are_one_around_all_or_each_by_itself():
    examples = _made.table(*({"boxes": [_LEFT, _RIGHT]} for _ in range(2)))
    found = grounding.measure(examples, _made.boxed([_LEFT], [_NOWHERE, _BOTH]))
    assert [found[f"merged_recall_at_{k}"] for k in (1, 5, 10)] == [0.0, 0.5, 0.5]
    assert [found[f"any_recall_at_{k}"] for k in (1, 5, 10)] == [0.5, 0.5, 0.5]


def test_recall_counts_phrases_whose_region_is_among_the_best_boxes_by_kind():
    examples = _made.table(
        *({"boxes": [_LEFT], "kind": kind} for kind in ("people", "people", "scene", "scene"))
    )

    def at(rank):
        return [_NOWHERE] * (rank - 1) + [_LEFT]

    found = grounding.measure(examples, _made.boxed(at(1), at(5), at(6), at(11)))
    assert [found[f"any_recall_at_{k}"] for k in (1, 5, 10)] == [0.25, 0.5, 0.75]
    assert found["kinds"]["people"]["merged_recall_at_5"] == 1
    assert found["kinds"]["scene"]["merged_recall_at_10"] == 0.5
    assert found["kinds"]["scene"]["examples"] == 2


def test_a_phrase_without_boxes_is_not_found():
    found = grounding.measure(_made.table({"boxes": [_LEFT]}), _made.boxed(None))
    assert found == dict.fromkeys(found, 0.0) | {"examples": 1, "kinds": {}}
