"""One file per measure of a task: its examples and what was answered in, official figures out.

    def measure(examples: pa.Table, answers: pa.Table) -> dict[str, Any]: ...

`examples` are those of one split, schema `train.tasks.examples.EXAMPLES`; `answers` has a row for
each of them, schema `ANSWERS`. The figures are those that the official evaluator prints, as shares,
0-1, whatever it prints them as; the first one is what the task is compared by. An example that was
not answered is answered wrongly; one that has no row is an error, since leaving out what is hard
would raise every figure.
"""

import pyarrow as pa

from curate.dataset.tables import Table

_BOX = 4  # numbers: x1, y1, x2, y2

ANSWERS = Table(
    pa.schema(
        [
            pa.field("example", pa.string(), nullable=False),
            pa.field("answer", pa.string()),  # a word of the vocabulary, one of its `choices`,
            # or a text that was written; null: none was given, as where a picture has no regions
            pa.field("ended", pa.bool_()),  # whether a text came to its end; null: none was written
            pa.field("boxes", pa.list_(pa.list_(pa.float32(), _BOX))),  # as in `EXAMPLES`, the best
            # first; null: none was asked for, or given
        ]
    ),
    ("example",),
)
"""What a model, or a baseline, answers."""
