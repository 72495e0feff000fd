"""Examples of a task, and answers, as tests need them: what is not told is empty."""

import pyarrow as pa

from train.tasks.examples import EXAMPLES
from train.tasks.metrics import ANSWERS

_EMPTY = {"split": "test", "images": [], "text": "", "lang": "en", "kind": "", "group": ""}
_NONE = {"choices": [], "answers": [], "scores": [], "boxes": [], "details": {}}


def table(*rows):
    """A table of examples, named by their place unless they say otherwise."""
    whole = [{"example": str(place)} | _EMPTY | _NONE | row for place, row in enumerate(rows)]
    return pa.Table.from_pylist(whole, EXAMPLES.schema)


def right(answer, **others):
    """An example of one right answer."""
    return {"answers": [answer], "scores": [1.0], **others}


def given(*answers):
    """Answers to examples that are named by their place."""
    return answered({str(place): answer for place, answer in enumerate(answers)})


def answered(told, column="answer"):
    """A table of answers by the example's name."""
    nothing = {"answer": None, "ended": None, "boxes": None}
    rows = [nothing | {"example": name, column: answer} for name, answer in told.items()]
    return pa.Table.from_pylist(rows, ANSWERS.schema)


def boxed(*boxes):
    """Boxes for examples that are named by their place."""
    return answered({str(place): some for place, some in enumerate(boxes)}, "boxes")
