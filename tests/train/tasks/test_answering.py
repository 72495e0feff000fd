"""Answers as a table: a row for each example, beside what was asked and what is right."""

import numpy as np

from tests.train.tasks import _made
from train.tasks import answering, metrics


def test_what_was_not_answered_has_a_row_and_boxes_are_told_the_best_first():
    table = _made.table(
        {"answers": ["red"], "scores": [1.0], "text": "which colour?"},
        {"boxes": [[0.0, 0.0, 1.0, 1.0]]},
        {"answers": ["blue"], "scores": [1.0]},
    )
    names = table.column("example").to_pylist()
    boxes = np.array([[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]], np.float32)
    told = answering.as_table({names[1]: boxes, names[0]: "blue"}, table)
    assert told.column("example").to_pylist() == names
    assert told.column("answer").to_pylist() == ["blue", None, None]
    assert told.column("boxes").to_pylist() == [None, boxes.tolist(), None]
    assert told.column("right").to_pylist() == [["red"], [], ["blue"]]
    assert told.column("text").to_pylist()[0] == "which colour?"
    assert told.select(metrics.ANSWERS.schema.names).schema == metrics.ANSWERS.schema
