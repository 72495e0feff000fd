"""Answers as a table: a row for each example, beside what was asked and what is right."""

import numpy as np

from tests.train.tasks import _made
from train.objectives import Written
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


def test_texts_say_whether_they_ended_and_stand_beside_those_of_others():
    table = _made.table(_made.right("a red ball", lang="en"), _made.right("ein Ball", lang="de"))
    answers = {"0": Written("a ball", ended=True), "1": Written("ein ein", ended=False)}
    beside = {"commonest": {"0": "a thing"}, "boxes": {"0": np.zeros((1, 4), np.float32)}}
    told = answering.as_table(answers, table, beside).to_pylist(maps_as_pydicts="strict")
    assert [row["answer"] for row in told] == ["a ball", "ein ein"]
    assert [row["ended"] for row in told] == [True, False]
    assert [row["lang"] for row in told] == ["en", "de"]
    assert [row["beside"] for row in told] == [{"commonest": "a thing"}, {}]
