"""Pools of up to two million pairs in; what validating them costs, in time and in memory, out.

The pools are those of `_curate/_pools.py`, whose pictures are references: what is expected of bytes
is not met by any, and that is counted like anything else.

    validate_memory_2m    MB at the peak for 250,000 pairs over MB for two million
"""

import sys
from pathlib import Path

from benchmarks import _cost
from benchmarks._curate import _pools
from benchmarks._parts import Measured
from benchmarks._peer import ROOT

_COUNTS = (250_000, 1_000_000, 2_000_000)
_STAGE = (
    "import sys; from curate import validate\n"
    "from curate.dataset.errors import DataError\n"
    "from pathlib import Path\n"
    "try:\n"
    "    validate.main('pool', *map(Path, sys.argv[1:]), {'min_licensed': 0.0})\n"
    "except DataError as error:\n"
    "    print(error)\n"
)


def measure(repeats: int) -> Measured:
    """Validate each pool as often as asked."""
    rows = []
    peaks: dict[int, list[float]] = {}
    for count in _COUNTS:
        folder = ROOT / f"validate/{count}"
        if not (folder / "data/pool/pairs.parquet").is_file():
            _pools.write(folder, count)
        command = [sys.executable, "-c", _STAGE, "data/pool", "data/pool", "data/pool"]
        command = ["env", "-C", str(folder), *command, "data/split.parquet", "docs"]
        costs = [_cost.measured(command, {"PYTHONPATH": str(Path.cwd())}) for _ in range(repeats)]
        rows += [[count, cost.wall, cost.cpu, cost.memory] for cost in costs]
        peaks[count] = [cost.memory for cost in costs]
    flat = _cost.ratios(peaks[_COUNTS[0]], peaks[_COUNTS[-1]])
    headings = ("pairs", "wall s", "CPU s", "MB of memory")
    return Measured(headings, rows, {"validate_memory_2m": flat})
