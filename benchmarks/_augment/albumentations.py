"""The photometric stage beside a bare loop of albumentations over the same photographs.

The stage reads a pool of 1,000 pictures with captions in six languages, asks the caption rules,
makes a picture of each with its captions, recipes and tables, and writes a set. The loop applies
the same transforms, by one pipeline, and writes files. Both decode and encode the same way. What
starting costs, by a run on 40 pictures, is taken off both sides.

    albumentations    pictures per second of the processor, ours over theirs
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import _cost, _photos
from benchmarks._augment import Measured, _pool
from benchmarks._peer import ROOT


def measure(repeats: int) -> Measured:
    """Run both on few and on many pictures, in turn, as often as asked."""
    ours, theirs, rows = [], [], []
    for _ in range(repeats):
        stage = _seconds(_pool.command)
        loop = _seconds(_bare)
        ours.append(1 / stage)
        theirs.append(1 / loop)
        rows.append([1e3 * loop, 1e3 * stage, loop / stage])
    headings = ("albumentations ms/picture", "ours ms/picture", "ratio")
    return Measured(headings, rows, {"albumentations": _cost.ratios(ours, theirs)})


def _seconds(command: Callable[[Path], list[str]]) -> float:
    """Seconds of the processor for each picture more."""
    costs = []
    for count in (_pool.FEW, _pool.MANY):
        words = command(_pool.made(count))
        costs.append(_cost.measured([sys.executable, *words]).cpu)
    return (costs[1] - costs[0]) / (_pool.MANY - _pool.FEW)


def _bare(folder: Path) -> list[str]:
    """The arguments of Python that run the loop on as many pictures as a pool holds."""
    photos = _photos.made("photos_augment", _pool.MANY, _pool.SIDES)
    module = "benchmarks._augment._bare"
    return ["-m", module, folder.name, str(photos), str(ROOT / "augment" / "bare")]
