"""RefCOCO's measure, by hand."""

import pytest

from curate.dataset.errors import DataError
from tests.train.tasks import _made
from train.tasks.metrics import refcoco


def test_the_best_box_alone_counts_and_needs_half_of_the_union():
    region = [[0.0, 0.0, 0.5, 0.5]]
    examples = _made.table(
        *({"boxes": region, "kind": kind} for kind in ("testA", "testA", "testB"))
    )
    half = [[0.0, 0.0, 0.5, 0.25], [0.9, 0.9, 1, 1]]
    less = [[0.0, 0.0, 0.5, 0.24]]
    found = refcoco.measure(examples, _made.boxed(half, half[::-1], less))
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["kinds"] == {
        "testA": {"accuracy": 0.5, "examples": 2},
        "testB": {"accuracy": 0.0, "examples": 1},
    }


@pytest.mark.parametrize("none", [None, []])
def test_no_box_is_wrong_and_no_region_is_an_error(none):
    examples = _made.table({"boxes": [[0.0, 0.0, 1.0, 1.0]]})
    assert refcoco.measure(examples, _made.boxed(none))["accuracy"] == 0
    with pytest.raises(DataError, match="'0' has no box to find"):
        refcoco.measure(_made.table({}), _made.boxed(none))
