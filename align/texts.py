"""Many small pieces of text work in, their results in the same order out; on dask when it pays."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from curate.stage import cluster

Item = TypeVar("Item")
Result = TypeVar("Result")

GROUP = 4096  # items that a worker takes at once
_HERE = 32_768  # up to so many items are done sooner in this process than its workers start


def each(
    function: Callable[..., list[Result]],
    items: Sequence[Item],
    *args: Any,
    label: str,
    unit: str,
) -> list[Result]:
    """`function(some items, *args)` over all items, with rate and time left.

    Args:
        function: importable by name; gives one result per item, in order.
        items: all of them, each independent of the others.
        args: further arguments, the same for every call.
        label: what the progress line says.
        unit: what the items are.
    """
    done = grouped(function, items, *args, label=label, unit=unit)
    return [result for group in done for result in group]


def grouped(
    function: Callable[..., Result], items: Sequence[Item], *args: Any, label: str, unit: str
) -> list[Result]:
    """As `each`, where what the function gives of `GROUP` items is one thing, such as a table."""
    groups = [items[start : start + GROUP] for start in range(0, len(items), GROUP)]
    if cluster.named() or len(items) > _HERE:
        sizes = [len(group) for group in groups]
        return cluster.map_shards(function, groups, *args, label=label, weights=sizes, unit=unit)
    done = []
    with cluster.progress(len(items), label, unit) as bar:
        for group in groups:
            done.append(function(group, *args))
            bar.update(len(group))
    return done
