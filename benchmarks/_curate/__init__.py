"""The parts of `benchmarks/curate.py`: each file measures one thing.

    def measure(repeats: int) -> Measured

Its module's first sentence is the heading of its table.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """What a part found: a table of its runs, and the figures of README by name."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]
    ratios: Mapping[str, Mapping[str, float]]  # as `_cost.ratios` gives them
