"""Perceptual hashes of 10,000 pictures in; what near-duplicates cost beside imagededup, out.

Hashes are uniform, and a tenth of them lie up to 10 bits beside another. Both sides are given the
same hashes and imagededup's own threshold, and must find the same pairs. imagededup compares every
two, in compiled code since its version 0.3; it runs in one process and is timed there, without what
it takes to import.

    imagededup_10k     its seconds of the processor over ours
"""

import json
import subprocess
import time
from collections.abc import Mapping

import numpy as np

from benchmarks import _cost, _peer
from benchmarks._curate import Measured
from curate import duplicates

_COUNT = 10_000
DISTANCE = 10  # bits of 64, imagededup's own
_PEER = ("imagededup==0.3.3.post2",)
_SEARCH = f"""
import json, sys, time
from imagededup.methods import PHash
hashes = json.load(sys.stdin)
start = time.process_time()
found = PHash(verbose=False).find_duplicates(
    encoding_map=hashes, max_distance_threshold={DISTANCE}, num_dist_workers=0
)
seconds = time.process_time() - start
pairs = sorted({{tuple(sorted((a, b))) for a, others in found.items() for b in others}})
print(json.dumps([seconds, pairs]))
"""


def measure(repeats: int) -> Measured:
    """Search in turn.

    Raises:
        RuntimeError: one side finds a pair that the other does not.
    """
    peer = _peer.python("imagededup", _PEER)
    rows, ours, theirs = [], [], []
    for seed in range(repeats):
        hashes = _hashes(seed)
        seconds, pairs = _own(hashes)
        its, known = _theirs(peer, hashes)
        if pairs != known:
            only = len(set(pairs) ^ set(known))
            raise RuntimeError(f"of {len(known)} pairs, {only} were found by one side alone")
        ours.append(seconds)
        theirs.append(its)
        rows.append([_COUNT, len(pairs), f"{seconds:.3f}", f"{its:.3f}"])
    headings = ("hashes", "pairs", "ours, CPU s", "imagededup, CPU s")
    return Measured(headings, rows, {"imagededup_10k": _cost.ratios(theirs, ours)})


def _hashes(seed: int) -> dict[str, str]:
    """Name of each picture: its hash, 16 hexadecimal digits."""
    random = np.random.default_rng(seed)
    planted = _COUNT // 10
    hashes = random.integers(0, 2**64, _COUNT, dtype=np.uint64)
    hashes[-planted:] = hashes[:planted]
    for _ in range(DISTANCE):
        hashes[-planted:] ^= np.uint64(1) << random.integers(0, 64, planted, dtype=np.uint64)
    return {f"{number:06d}.jpg": f"{value:016x}" for number, value in enumerate(hashes.tolist())}


def _own(hashes: Mapping[str, str]) -> tuple[float, list[tuple[str, str]]]:
    """Seconds of the processor, and the pairs, by name."""
    names = list(hashes)
    start = time.process_time()
    left, right, _ = duplicates.look_alikes(list(hashes.values()), DISTANCE)
    seconds = time.process_time() - start
    return seconds, sorted((names[a], names[b]) for a, b in zip(left, right, strict=True))


def _theirs(peer: str, hashes: Mapping[str, str]) -> tuple[float, list[tuple[str, str]]]:
    """The same of imagededup."""
    run = [peer, "-c", _SEARCH]
    done = subprocess.run(run, input=json.dumps(hashes), capture_output=True, text=True, check=True)
    seconds, pairs = json.loads(done.stdout.splitlines()[-1])
    return seconds, [(a, b) for a, b in pairs]
