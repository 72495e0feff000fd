"""The photometric stage on two cores beside itself on one.

On one core its two workers take turns. What starting takes, by a run on 200 pictures, is taken off
both sides. Time on the clock: other work on the machine shows.

    two_cores    pictures per second, two cores over one
"""

import os
import sys

from benchmarks import _cost
from benchmarks._augment import Measured, _pool


def measure(repeats: int) -> Measured:
    """Run the stage on one and on two cores, in turn, as often as asked.

    Raises:
        RuntimeError: this machine has one core.
    """
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        raise RuntimeError("two_cores needs a machine with two cores")
    one, two, rows = [], [], []
    for _ in range(repeats):
        one.append(_rate(cores[:1]))
        two.append(_rate(cores))
        rows.append([one[-1], two[-1], two[-1] / one[-1]])
    headings = ("pictures/s on one core", "on two", "ratio")
    return Measured(headings, rows, {"two_cores": _cost.ratios(two, one)})


def _rate(cores: list[int]) -> float:
    """Pictures per second on some cores."""
    walls = []
    for count in (_pool.FEW, _pool.MANY):
        words = _pool.command(_pool.made(count))
        pinned = ["taskset", "--cpu-list", ",".join(map(str, cores)), sys.executable, *words]
        walls.append(_cost.measured(pinned).wall)
    return (_pool.MANY - _pool.FEW) / (walls[1] - walls[0])
