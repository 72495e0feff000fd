"""The photometric stage beside a bare loop of albumentations over the same photographs.

The stage reads a pool of 600 pictures with captions in six languages, asks the caption rules, makes
a picture of each with its captions, recipes and tables, and writes a set. The loop applies the same
transforms, by one pipeline, and writes files. Both decode and encode the same way, in this process,
in turn; each ran once before, so that what starting costs is in neither. Writing is not looked for
on pictures here (`written`, .08 CPU s for each picture that is new): it would be nearly all.

    albumentations    pictures per second of the processor, ours over theirs
"""

import time
from collections.abc import Callable
from pathlib import Path

import yaml

from augment import make
from benchmarks import _cost, _photos
from benchmarks._augment import Measured, _bare, _pool
from benchmarks._peer import ROOT
from curate.stage import cluster

BESIDE = {"albumentations": ("albumentations",)}
_COUNT = 600  # pictures


def measure(repeats: int) -> Measured:
    """Run both as often as asked, in turn."""
    import dask
    from distributed import Client

    folder = _pool.made(_COUNT)
    ours, theirs, rows = [], [], []
    alone = {"processes": False, "n_workers": 1, "threads_per_worker": 1}
    with dask.config.set(cluster.QUIET), Client(**alone, dashboard_address=None):
        for run in range(repeats + 1):
            loop = _seconds(lambda: _loop(folder))
            stage = _seconds(lambda: _stage(folder))
            if run == 0:  # imports, lexica
                continue
            ours.append(_COUNT / stage)
            theirs.append(_COUNT / loop)
            rows.append([theirs[-1], ours[-1], loop / stage])
    headings = ("albumentations pictures/CPU s", "ours", "ratio")
    return Measured(headings, rows, {"albumentations": _cost.ratios(ours, theirs)})


def _seconds(call: Callable[[], object]) -> float:
    """Seconds of the processor that a call takes, in all threads."""
    start = time.process_time()
    call()
    return time.process_time() - start


def _stage(folder: Path) -> None:
    params = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    make.main(
        "photometric",
        folder / "pool",
        folder / "kept.parquet",
        folder / "split.parquet",
        folder / "packages",
        folder / "made",
        params["make"]["photometric"],
    )


def _loop(folder: Path) -> None:
    photos = _photos.made("photos_augment", _pool.MANY, _pool.SIDES)
    _bare.main(int(folder.name), photos, ROOT / "augment" / "bare")
