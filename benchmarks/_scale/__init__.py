"""The parts of `benchmarks/scale.py`: each file measures one thing.

    def measure(repeats: int) -> Measured

Its module's first sentence is the heading of its table. Captions are those of the project's own
pool: `make repro` comes first.
"""

from benchmarks._parts import Measured

__all__ = ["Measured"]
