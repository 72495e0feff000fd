"""A task's corpus in; columns of its examples out, as padded arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from curate.dataset.errors import ParamsError
from train.corpus import Corpus


def of(corpus: Corpus, note: str) -> pa.Table:
    """The examples of a corpus, schema `train.tasks.examples.EXAMPLES`, in the order of its rows.

    Raises:
        ParamsError: it is a corpus of pairs, which `note`, a file of `train/notes/`, cannot read.
    """
    if corpus.examples is None:
        raise ParamsError(
            f"what reads {note} is learnt of a task's examples, by train.finetune, and not of pairs"
        )
    return corpus.examples


def listed(column: pa.ChunkedArray, value: Callable[[Any], Any], kind: Any) -> np.ndarray:
    """A column of lists as an array `(n, longest)`, at least one wide, 0 after the last value."""
    rows = [[value(one) for one in row] for row in column.to_pylist()]
    found = np.zeros((len(rows), max(1, max(map(len, rows), default=0))), kind)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found
