"""The same URLs to the same resized pictures, by our crawl and by img2dataset, in turn.

nginx serves pictures on the loopback as many hosts; both sides fetch them, make the shorter side
256 pixels, write JPEG 95 and WebDataset tars. Printed are a table of what each run cost, where
the time goes, baseline and progressive JPEGs apart, and as the last line the ratios:

    img2dataset       pairs per second of the processor, ours over theirs
    img2dataset_wall  pairs per second
    memory            peak of all processes, theirs over ours
    kernel            ours over decode + resize + encode alone, in a process of their own
    libvips           decode + resize + encode alone, ours over libvips
    flat              our rate on many rows over that on few, of smaller pictures
    flat_memory       our peak on many rows over that on few
"""

import argparse
import json
import math
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from benchmarks import _cost, _nginx, _peer, _photos
from benchmarks._cost import Cost
from curate.dataset import sets, tables

SIDE, QUALITY = 256, 95
_HOSTS = 64
_SIDES = (500, 1024)  # pixels, least and greatest of the pictures
_SMALL = (260, 320)  # of those that measure whether the rate holds on many rows
_SHARDS = 8  # of img2dataset, which share evenly among 1, 2, 4 or 8 cores
_FEW = 5000  # rows that many are compared to
_PEER = ("img2dataset==1.47.0",)
_VIPS = ("pyvips==3.2.0", "pyvips-binary==8.18.7")
BESIDE = {**dict.fromkeys(("img2dataset", "img2dataset_wall", "memory"), _PEER), "libvips": _VIPS}
_OUT = _peer.ROOT / "out-pairwright"  # of our crawl
_PARAMS = _peer.ROOT / "params.yaml"
Kernel = dict[str, dict[str, float]]  # kind of pictures -> how many, and seconds of each part


def main() -> None:
    """Read the command line, run both sides, print what they cost."""
    arguments = _arguments()
    peer = _peer.python("img2dataset", _PEER)
    vips = _peer.python("libvips", _VIPS)
    photos = _photos.made("photos", arguments.pictures, _SIDES)
    runs: dict[str, list[Cost]] = defaultdict(list)
    kernels: dict[str, list[Kernel]] = defaultdict(list)
    around: list[dict[str, float]] = []
    starts: list[Cost] = []
    with _nginx.serving(photos, _peer.ROOT / "nginx", _HOSTS) as hosts:
        table = _table(_peer.ROOT / "photos.parquet", hosts, arguments.pictures)
        for _ in range(arguments.repeats):
            runs["img2dataset"].append(_theirs(peer, table, arguments.pictures, arguments.threads))
            runs["pairwright"].append(_ours(table, arguments.pictures))
            around.append(_said(sys.executable, "_around", _PARAMS, _OUT))
            starts.append(_ours(_table(_peer.ROOT / "one.parquet", hosts, 1), 1))
            kernels["pairwright"].append(_kernel(sys.executable, photos, arguments.pictures))
            kernels["libvips"].append(_kernel(vips, photos, arguments.pictures, "vips"))
    found = _found(runs, kernels, arguments.pictures)
    many: list[list[object]] = []
    if arguments.rows:
        few_cost, many_cost = (_small(count) for count in (_FEW, arguments.rows))
        pairs = [(_FEW, few_cost), (arguments.rows, many_cost)]
        many = [_row(f"pairwright, {n} rows of small pictures", cost, n) for n, cost in pairs]
        rates = [n / cost.cpu for n, cost in pairs]
        found["flat"] = _cost.ratios(rates[1:], rates[:1])
        found["flat_memory"] = _cost.ratios([many_cost.memory], [few_cost.memory])
    rows = [_row(name, cost, arguments.pictures) for name, costs in runs.items() for cost in costs]
    headings = ("run", "pairs", "CPU s", "wall s", "pairs/CPU s", "pairs/s", "peak MB")
    print(_cost.table(headings, [*rows, *many]))
    print(_where(runs["pairwright"], starts, kernels, around, arguments.pictures))
    print(_cost.last_line(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench NAME=crawl", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--pictures", type=int, default=20_000, help="in the table of URLs")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side")
    parser.add_argument("--threads", type=int, default=16, help="of each process of img2dataset")
    parser.add_argument("--rows", type=int, default=100_000, help="for `flat`; 0 leaves it out")
    return parser.parse_args()


def _table(file: Path, hosts: Sequence[str], count: int) -> Path:
    """Write the table of URLs: neighbours lie on different hosts."""
    urls = [f"{hosts[n % len(hosts)]}/{_photos.place(n)}" for n in range(count)]
    captions = [f"Window {n} of a photograph" for n in range(count)]
    pq.write_table(pa.table({"url": urls, "caption": captions}), file)
    return file


def _theirs(python: str, table: Path, count: int, threads: int) -> Cost:
    """One run of img2dataset.

    Raises:
        RuntimeError: it did not bring every picture.
    """
    out = _peer.ROOT / "out-img2dataset"
    shutil.rmtree(out, ignore_errors=True)
    script = str(Path(__file__).with_name("_img2dataset.py"))
    numbers = (SIDE, QUALITY, threads, math.ceil(count / _SHARDS))
    command = [python, script, str(table), str(out), *map(str, numbers)]
    cost = _cost.measured(command, {"NO_ALBUMENTATIONS_UPDATE": "1"})
    reports = [json.loads(file.read_text()) for file in out.glob("*_stats.json")]
    _check("img2dataset", sum(report["successes"] for report in reports), count)
    return cost


def _ours(table: Path, count: int) -> Cost:
    """One run of our crawl.

    Raises:
        RuntimeError: it did not bring every picture.
    """
    for place in _peer.ROOT.glob("*out-pairwright*"):
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    source = {
        "kind": "urls",
        "path": str(table),
        "columns": {"url": "url", "captions": ["caption"]},
        "contact": "https://example.org/pairwright-benchmark",
        "language": "en",
        "private_hosts": [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(_HOSTS)],
    }
    resize = {"side": SIDE, "by": "shorter", "format": "jpg", "quality": QUALITY}
    _PARAMS.write_text(yaml.safe_dump({"crawl": {"resize": resize, "sources": {"served": source}}}))
    (_peer.ROOT / "no-packages").mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "curate.crawl", "--params", str(_PARAMS)),
        *("--packages", str(_peer.ROOT / "no-packages"), "--out", str(_OUT)),
        *("--metrics", str(_peer.ROOT / "crawl.json")),
    ]
    cost = _cost.measured(command)
    _check("pairwright", len(tables.read(_OUT / sets.PAIRS_FILE)), count)
    return cost


def _check(side: str, brought: int, count: int) -> None:
    if brought != count:
        raise RuntimeError(f"{side} brought {brought} of {count} pictures")


def _kernel(python: str, folder: Path, count: int, *library: str) -> Kernel:
    """Seconds of the processor that decode + resize + encode alone take, and their parts."""
    return _said(python, "_kernel", folder, count, SIDE, QUALITY, *library)


def _said(python: str, script: str, *arguments: object) -> Any:
    """The JSON object that a module of this folder prints last."""
    here = {"PYTHONPATH": os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])}
    command = [python, "-m", f"benchmarks.{script}", *map(str, arguments)]
    return json.loads(_cost.measured(command, here).said.splitlines()[-1])


def _small(count: int) -> Cost:
    """One run of our crawl on smaller pictures."""
    folder = _photos.made("small", count, _SMALL)
    with _nginx.serving(folder, _peer.ROOT / "nginx", _HOSTS) as hosts:
        return _ours(_table(_peer.ROOT / "small.parquet", hosts, count), count)


def _found(
    runs: dict[str, list[Cost]], kernels: dict[str, list[Kernel]], count: int
) -> dict[str, dict[str, float]]:
    """The ratios, each of runs that followed one another."""
    ours, theirs = runs["pairwright"], runs["img2dataset"]
    alone, vips = (
        [each["every"]["pictures"] / each["every"]["all"] for each in kernels[name]]
        for name in ("pairwright", "libvips")
    )
    return {
        "img2dataset": _cost.ratios([count / c.cpu for c in ours], [count / c.cpu for c in theirs]),
        "img2dataset_wall": _cost.ratios([1 / c.wall for c in ours], [1 / c.wall for c in theirs]),
        "memory": _cost.ratios([1 / c.memory for c in ours], [1 / c.memory for c in theirs]),
        "kernel": _cost.ratios([count / c.cpu for c in ours], alone),
        "libvips": _cost.ratios(alone, vips),
    }


def _row(name: str, cost: Cost, count: int) -> list[object]:
    return [name, count, cost.cpu, cost.wall, count / cost.cpu, count / cost.wall, cost.memory]


def _where(
    runs: Sequence[Cost],
    starts: Sequence[Cost],
    kernels: dict[str, list[Kernel]],
    around: Sequence[dict[str, float]],
    count: int,
) -> str:
    """Where the time goes: milliseconds of the processor a picture, of the cheapest runs.

    What is left of our crawl when its parts are taken away is dask, and what parts cost more
    beside one another than alone. `start` is what a crawl of one picture takes.
    """
    alone = {
        (name, kind): _cheapest([run[kind] for run in each])
        for name, each in kernels.items()
        for kind in each[0]
    }
    parts = alone["pairwright", "every"] | _cheapest(around)
    parts["crawl"], parts["start"] = (
        1000 * min(cost.cpu for cost in each) / count for each in (runs, starts)
    )
    named = ("start", "network", "decode", "resize", "encode", "write")
    parts["the rest"] = parts["crawl"] - sum(parts[name] for name in named)
    ours = ["pairwright", *(f"{parts[name]:.2f}" for name in ("crawl", *named, "the rest"))]
    columns = ("all", "decode", "entropy")
    kernel = [
        [name, kind, *(f"{ms[part]:.2f}" if part in ms else "-" for part in columns)]
        for (name, kind), ms in alone.items()
    ]
    headings = ("ms a picture alone", "JPEG", "decode + resize + encode", "decode", "entropy")
    return "\n\n".join(
        [
            "",
            _cost.table(("ms a picture", "crawl", *named, "the rest"), [ours]),
            _start(runs, starts),
            _cost.table(headings, kernel),
        ]
    )


def _start(runs: Sequence[Cost], starts: Sequence[Cost]) -> str:
    """What a crawl of one picture takes, and which share of a run that is."""
    (cpu, of_cpu), (wall, of_wall) = (
        (cost, cost / min(getattr(run, name) for run in runs))
        for name in ("cpu", "wall")
        for cost in [min(getattr(start, name) for start in starts)]
    )
    return f"start: {cpu:.1f} CPU s ({of_cpu:.0%} of a run), {wall:.1f} wall s ({of_wall:.0%})"


def _cheapest(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The least of each part over some runs, milliseconds a picture."""
    names = runs[0].keys() - {"pictures"}
    return {name: min(1000 * run[name] / run["pictures"] for run in runs) for name in names}


if __name__ == "__main__":
    main()
