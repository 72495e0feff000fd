"""A function and what it is asked in; the CPU time of its answers, out."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def of_answers(answer: Callable[[T], Any], asked: Sequence[T], warm: int = 10) -> dict[str, float]:
    """CPU time of the process for an answer, so that others on the machine count little.

    Args:
        answer: takes one question.
        asked: those that are timed, one at least.
        warm: how many of the last are asked before and do not count.

    Returns:
        p50_ms, the median, and p99_ms, what 99 of 100 keep within.
    """
    took = []
    for at in range(-warm, len(asked)):
        started = time.process_time()
        answer(asked[at % len(asked)])
        took.append(time.process_time() - started)
    p50, p99 = np.percentile(took[warm:], [50, 99]) * 1000
    return {"p50_ms": float(p50), "p99_ms": float(p99)}
