"""A million perceptual hashes in; what it costs to find every two within 6 bits, out.

Hashes are uniform, and a tenth of them lie up to 5 bits beside another. Printed are a table of
what each count of hashes cost, and as the last line the figure of README:

    dedup_1m_cpu_s    seconds of the processor for a million, every planted pair found
"""

import argparse
import time

import numpy as np

from benchmarks import _cost
from curate import hamming

DISTANCE = 6  # bits of 64
_COUNTS = (10_000, 100_000, 1_000_000)


def main() -> None:
    """Read the command line, search each count of hashes, print what it cost."""
    parser = argparse.ArgumentParser(
        prog="make bench NAME=curate", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--repeats", type=int, default=3, help="searches of each count")
    repeats = parser.parse_args().repeats
    rows, taken = [], {}
    for count in _COUNTS:
        taken[count] = [_seconds(count, seed) for seed in range(repeats)]
        rows += [[count, seconds, 1e6 * seconds / count] for seconds in taken[count]]
    print(_cost.table(("hashes", "CPU s", "us a hash"), rows))
    million = taken[_COUNTS[-1]]
    print(_cost.last_line({"dedup_1m_cpu_s": _cost.ratios(million, [1.0] * repeats)}))


def _seconds(count: int, seed: int) -> float:
    """Seconds of the processor that a search takes.

    Raises:
        RuntimeError: a planted pair was not found.
    """
    random = np.random.default_rng(seed)
    planted = count // 10
    hashes = random.integers(0, 2**64, count, dtype=np.uint64)
    hashes[-planted:] = hashes[:planted]
    for _ in range(5):
        hashes[-planted:] ^= np.uint64(1) << random.integers(0, 64, planted, dtype=np.uint64)
    rows = np.unique(hashes, return_index=True)[1]
    start = time.process_time()
    left, right = hamming.pairs(hashes[rows], DISTANCE)
    seconds = time.process_time() - start
    found = set(zip(rows[left].tolist(), rows[right].tolist(), strict=True))
    for row in range(planted):
        other = count - planted + row
        known = (row, other) in found or (other, row) in found
        if hashes[row] != hashes[other] and not known:
            raise RuntimeError(f"of {count} hashes, {row} and {other} are near and were not found")
    return seconds


if __name__ == "__main__":
    main()
