"""A million perceptual hashes in; what it costs to find every two within 6 bits, out.

Hashes are uniform, and a tenth of them lie up to 5 bits beside another.

    dedup_1m_cpu_s    seconds of the processor for a million, every planted pair found
"""

import time

import numpy as np

from benchmarks import _cost
from benchmarks._curate import Measured
from curate import hamming

DISTANCE = 6  # bits of 64
_COUNTS = (10_000, 100_000, 1_000_000)


def measure(repeats: int) -> Measured:
    """Search each count of hashes as often as asked."""
    rows, taken = [], {}
    for count in _COUNTS:
        taken[count] = [_seconds(count, seed) for seed in range(repeats)]
        rows += [[count, seconds, 1e6 * seconds / count] for seconds in taken[count]]
    million = _cost.ratios(taken[_COUNTS[-1]], [1.0] * repeats)
    return Measured(("hashes", "CPU s", "us a hash"), rows, {"dedup_1m_cpu_s": million})


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
    blocks = list(hamming.pairs(hashes[rows], DISTANCE))
    seconds = time.process_time() - start
    left, right = (np.concatenate(side) for side in zip(*blocks, strict=True))
    found = set(zip(rows[left].tolist(), rows[right].tolist(), strict=True))
    for row in range(planted):
        other = count - planted + row
        known = (row, other) in found or (other, row) in found
        if hashes[row] != hashes[other] and not known:
            raise RuntimeError(f"of {count} hashes, {row} and {other} are near and were not found")
    return seconds
