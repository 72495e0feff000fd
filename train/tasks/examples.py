"""The form that every task's data is brought into: a set of pictures and a table of examples.

A task's folder holds `set`, a set as `curate.dataset.record` says (so that labelers read it as any
other), whose pairs are an example's texts with its pictures, and `examples.parquet`. What an
official format says of an example is brought here by a file of `train/tasks/formats/`.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.dataset.record import SPLIT_NAMES
from curate.dataset.tables import Table

FILE = "examples.parquet"
SET = "set"  # folder of the pictures
_BOX = 4  # numbers: x1, y1, x2, y2

EXAMPLES = Table(
    pa.schema(
        [
            pa.field("example", pa.string(), nullable=False),  # its name, the official one if any
            pa.field("split", pa.string(), nullable=False),  # train, validation or test
            pa.field("images", pa.list_(pa.string()), nullable=False),  # one; two side by side
            pa.field("text", pa.string(), nullable=False),  # question, statement or expression
            pa.field("lang", pa.string(), nullable=False),  # BCP-47
            pa.field("choices", pa.list_(pa.string()), nullable=False),  # its own, if it has some
            pa.field("answers", pa.list_(pa.string()), nullable=False),  # what counts as right,
            pa.field("scores", pa.list_(pa.float32()), nullable=False),  # and how much, 0-1
            # regions that count as right: x1, y1, x2, y2 relative to the picture, 0-1
            pa.field("boxes", pa.list_(pa.list_(pa.float32(), _BOX)), nullable=False),
            pa.field("kind", pa.string(), nullable=False),  # measured by itself; "" where there are
            pa.field("group", pa.string(), nullable=False),  # measured together; "" none of either
            # what its official measure asks beyond these, such as the questions that it entails
            pa.field("details", pa.map_(pa.string(), pa.list_(pa.string())), nullable=False),
        ]
    ),
    ("example",),
)
"""An answer is a word of the task's vocabulary, or one of the example's `choices`, which it then
names by its text: one that is right reads like no other."""


def write(rows: pa.Table, folder: Path, kind: str) -> None:
    """Write a task's examples, sorted by name; `kind` is the file of their format.

    Raises:
        DataError: a choice that is right reads like another.
    """
    _distinct(rows, "what was read")
    told = {tables.KIND: kind}
    tables.write(rows, folder / FILE, EXAMPLES.key, EXAMPLES.schema, told)


def kind(folder: Path) -> str:
    """The file of `train/tasks/formats/` that a task's examples came by.

    Raises:
        DataError: there is no such table, or it does not say.
    """
    with tables.opened(folder / FILE) as file:
        told = file.schema_arrow.metadata or {}
    if (found := told.get(tables.KIND.encode())) is None:
        raise DataError(f"{folder / FILE} does not say its format; run `dvc repro task` again")
    return found.decode()


def read(folder: Path, split: str | None = None) -> pa.Table:
    """The examples of one split, or of all.

    Raises:
        DataError: there is no such table, it has another form, a split of another name, or a choice
            that is right and reads like another.
    """
    file = folder / FILE
    rows = tables.conform(tables.read(file), EXAMPLES.schema, file)
    if other := sorted(set(rows.column("split").to_pylist()) - {*SPLIT_NAMES}):
        raise DataError(f"{file}: split {other[0]!r} is none of {', '.join(SPLIT_NAMES)}")
    _distinct(rows, str(file))
    return rows if split is None else tables.rows_with(rows, "split", [split])


def _distinct(rows: pa.Table, where: str) -> None:
    """See that whoever answers with the text of a choice names one: else a wrong one were right."""
    several = rows.filter(pc.greater(pc.list_value_length(rows.column("choices")), 0))
    for row in several.select(["example", "choices", "answers"]).to_pylist():
        for answer in row["answers"]:
            if row["choices"].count(answer) > 1:
                raise DataError(
                    f"{where}: example {row['example']!r} has {row['choices'].count(answer)} "
                    f"choices that read {answer!r}, which is right: tell them apart, or leave it "
                    "out, and run `dvc repro task`"
                )
