"""Rows as tuples in, a table of a schema out: how labelers lay out what they find."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa


def as_table(rows: Iterable[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """A table of rows; no rows give an empty one.

    Args:
        rows: values in the order of the schema's columns.
        schema: of the table.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    typed = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.table(typed, schema=schema)
