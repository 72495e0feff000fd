"""Rows in; what a function makes of each out, computed only where no memory has it yet.

Each group of rows is remembered as soon as it is done, by the worker that did it: a run that is
killed goes on where it was, and a pool that grew by 1% costs 1%.
"""

import sys
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.memory import Memory
from curate.stage import cluster


def fill(
    memory: Memory,
    rows: pa.Table,
    function: Callable[..., pa.Table],
    *args: Any,
    group: int,
    label: str,
    unit: str = "rows",
) -> pa.Table:
    """`function(some_rows, *args)` over all rows, in groups on dask, where not remembered.

    Args:
        memory: has the key and the schema of the results.
        rows: one for each key, in the order in which groups are cut from them.
        function: importable by name; gives one row of the memory's schema for each of its rows.
        args: further arguments, the same for every group.
        group: rows in a group.
        label: what the progress line says.
        unit: what the rows are.

    Returns:
        A table of the memory's schema with each key once, in no particular order.
    """
    keys = rows.column(memory.key)
    known = memory.recall(keys.to_pylist())
    old = pc.is_in(keys, value_set=known.column(memory.key).combine_chunks()).to_numpy()
    todo = (~old).nonzero()[0]
    print(f"{label}: {len(old)} {unit}, {old.sum()} of them remembered", file=sys.stderr)
    # take, not slice: a slice would travel to its worker with the whole table behind it
    groups = [rows.take(todo[start : start + group]) for start in range(0, len(todo), group)]
    fresh = cluster.map_shards(
        _compute,
        groups,
        function,
        memory,
        label,
        *args,
        label=label,
        weights=[part.num_rows for part in groups],
        unit=unit,
    )
    return tables.concat([known, *fresh], memory.schema)


def _compute(
    rows: pa.Table, function: Callable[..., pa.Table], memory: Memory, label: str, *args: Any
) -> pa.Table:
    table = tables.conform(function(rows, *args), memory.schema, label)
    memory.remember(table)
    return table
