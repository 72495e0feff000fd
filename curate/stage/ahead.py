"""Items in; what a function makes of each out, in order, made by threads ahead of who asks.

So a model is given one batch while the next ones are decoded: what is ready but not yet asked for
is never more than a batch for each thread and one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[Result]:
    """`function(item)` for each item, in their order.

    Args:
        function: may be called from several threads at once.
        items: taken by the caller's thread, no more than `threads` + 1 before they are asked for.
        threads: that work at once; at least 1.

    Raises:
        Exception: what the function raises, when its item's turn comes; no later item is begun.
    """
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
