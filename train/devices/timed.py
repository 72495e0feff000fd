"""A form of a model and pairs in; how long an answer takes, and how much memory it all needed, out.

It is for a process of its own, which loads nothing but what the form needs, so that its peak is
that of a device that does the same. Each pair of the file is asked about by itself. Time is CPU
time of the process, so that others on the machine count little; run it on one thread
(OMP_NUM_THREADS=1).
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from curate.stage import timing

T = TypeVar("T")

PAD = "pad"  # name, in the file, of the token that fills up captions


def main(folder: str, form: str, pairs: str) -> None:
    """Print the figures as one line of JSON."""
    from curate.stage import plugin

    with np.load(pairs) as file:
        inputs = dict(file)
    pad = inputs.pop(PAD)
    match = plugin.load("train.devices.forms", form).read(Path(folder))
    number = len(inputs["tokens"])
    each = [{name: value[at : at + 1] for name, value in inputs.items()} for at in range(number)]
    for one in each:
        one["tokens"] = one["tokens"][:, one["tokens"][0] != pad]
    print(json.dumps(measured(match, each)))


def measured(answer: Callable[[T], Any], asked: Sequence[T]) -> dict[str, float]:
    """CPU time of answers, median and that 99 of 100 keep within, and what the process held.

    Args:
        answer: takes one question.
        asked: those that are timed.
    """
    return {**timing.of_answers(answer, asked), "peak_mib": _peak()}


def _peak() -> float:
    """MiB that this program held at most; `ru_maxrss` would be that of its parent, if larger."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024
