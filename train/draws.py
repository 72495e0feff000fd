"""Randomness without state: from what a number is for, to the number.

Which word is masked, which pair a negative takes, in which order an epoch runs: each is a
function of (seed, purpose, epoch, uid) and of nothing else. So a run that is resumed, or that
spreads its rows differently, draws what an unbroken run would have drawn, and no generator's
state has to be kept. Numbers come from SplitMix64 (Steele, Lea and Flood, 2014) as a counter
generator: equal parts give equal numbers on every machine.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def number(*parts: int | str) -> int:
    """A 63-bit number named by its parts, e.g. a seed for a step's dropout."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def keys(names: Sequence[str]) -> np.ndarray:
    """One uint64 key for each hexadecimal name (a uid or an image), `(n,)`."""
    return np.array([int(name[:16], 16) for name in names], np.uint64)


def again(of: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Keys of what is drawn more than once: the own ones the first time (0), others after it."""
    counter = times.astype(np.uint64)
    return np.where(counter == 0, of, _mix(of ^ _mix(counter * _GOLDEN)))


def uniform(of: np.ndarray, columns: int, *purpose: int | str) -> np.ndarray:
    """Numbers in [0, 1) for some rows.

    Args:
        of: uint64 keys of the rows, `(n,)`.
        columns: how many numbers each row needs.
        purpose: what they are for, e.g. (seed, "mlm", epoch).

    Returns:
        `(n, columns)`, float64; row i depends on key i and the purpose alone.
    """
    start = _mix(of.astype(np.uint64) ^ np.uint64(number(*purpose)))
    counter = np.arange(1, columns + 1, dtype=np.uint64) * _GOLDEN
    bits = _mix(start[:, None] + counter[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(30))) * _MIX_1
    x = (x ^ (x >> np.uint64(27))) * _MIX_2
    return x ^ (x >> np.uint64(31))
