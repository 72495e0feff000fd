"""The parts of `benchmarks/train.py`: each file measures one thing, on what `make repro` made.

    def measure(repeats: int) -> Measured   # or with flags of the command, as `mfu`

Its module's first sentence is the heading of its table.
"""

from benchmarks._parts import Measured

__all__ = ["Measured"]
