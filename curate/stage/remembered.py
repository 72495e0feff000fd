"""Rows in; what a function makes of each out, computed only where no memory has it yet.

Each group of rows is remembered as soon as it is done, by the worker that did it: a run that is
killed goes on where it was, and a pool that grew by 1% costs 1%. Little work is done in the
process itself: to start others, and to load a model in each, would cost more than that 1%.
"""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.dataset.memory import Memory
from curate.stage import cluster

_FEW = 24  # groups, beyond which no time is lost on how long they may take
_FIRST = 4  # rows in which what is loaded only once is loaded
_TASTE = 32  # rows after them by which that is found out
_LITTLE = 4.0  # seconds of the processor; about what the processes of a local cluster cost to start


def fill(
    memory: Memory,
    rows: pa.Table,
    function: Callable[..., pa.Table],
    *args: Any,
    group: int,
    label: str,
    unit: str = "rows",
    order: Sequence[str] = (),
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
        order: columns by which the rows that are computed are sorted; none: as they are.

    Returns:
        A table of the memory's schema with each key once, in no particular order.
    """
    keys = rows.column(memory.key)
    known = memory.recall(keys)
    old = pc.is_in(keys, value_set=known.column(memory.key).combine_chunks()).to_numpy()
    todo = (~old).nonzero()[0]
    if order and len(todo):
        by = [(column, "ascending") for column in order]
        todo = todo[pc.sort_indices(rows.select(order).take(todo), sort_keys=by).to_numpy()]
    print(f"{label}: {len(old)} {unit}, {old.sum()} of them remembered", file=sys.stderr)
    shared = (function, memory, label, *args)
    done, left = _here(rows, todo, group, *shared)
    # take, not slice: a slice would travel to its worker with the whole table behind it
    groups = [rows.take(left[start : start + group]) for start in range(0, len(left), group)]
    weights = [part.num_rows for part in groups]
    done += cluster.map_shards(_compute, groups, *shared, label=label, weights=weights, unit=unit)
    memory.gather()
    return tables.concat([known, *done], memory.schema)


def _here(
    rows: pa.Table, todo: np.ndarray, group: int, *shared: Any
) -> tuple[list[pa.Table], np.ndarray]:
    """What is little enough to be computed in this process, and the numbers of the rows left."""
    done: list[pa.Table] = []
    if cluster.named() or len(todo) > _FEW * group:
        return done, todo
    sizes = [group] if len(todo) <= group else [_FIRST, _TASTE]
    begun, asked = 0.0, 0
    while len(todo):
        size = sizes[len(done)] if len(done) < len(sizes) else group
        done.append(_compute(rows.take(todo[:size]), *shared))
        todo = todo[size:]
        if len(done) == 1:
            begun = time.process_time()
            continue
        asked += size
        if (time.process_time() - begun) / asked * len(todo) > _LITTLE:
            break
    return done, todo


def _compute(
    rows: pa.Table,
    function: Callable[..., pa.Table],
    memory: Memory,
    label: str,
    *args: Any,
) -> pa.Table:
    # a worker that died took results with it that were not fetched, and dask asks for them again
    if (kept := memory.kept(rows.column(memory.key))) is not None:
        return kept
    table = tables.conform(function(rows, *args), memory.schema, label)
    memory.remember(table)
    return table
