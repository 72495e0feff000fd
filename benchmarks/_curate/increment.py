"""A pool in, and then 1% more of it; what every scorer costs the second time, out.

Each is asked alone, by a process of its own, over a pool that its cost allows: captions without
pixels, or windows of photographs, which a CLIP of the demo's size with random weights embeds. What
it costs to start is left out: that of the same command over hardly any pairs. A third run, of the
same pool again, shows what is paid for tables and memory alone.

A scorer that judges by what another found is also told with it, since there is no first run of the
one without the other; some hang on the pool as a whole and do all of their own work again.

Left out are `aesthetic` and `safety`, which run weights of others, `text_masked`, which is
`text_area` and `clip`, `sound` and `loss`, which need recordings and a training run, and `places`,
which looks at few pairs; where no WordNet was fetched, also those that look words up.

    increment_1pct    CPU seconds for 1% more over those of the first run, without what starting
                      costs, each with what it judges by: the scorer whose share is greatest
"""

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import yaml

from benchmarks import _cost, _photos
from benchmarks._curate import Measured, _network, _pools
from benchmarks._peer import ROOT
from curate.dataset import pixels, record, sets, shards, tables

_CAPTIONS, _PARSED, _PICTURES, _READ = 200_000, 20_000, 5_000, 101  # pairs
_FEW = 16  # pairs of the pool that shows what starting costs
# pool and memory; at first so that files are read from disk before anything counts
_RUNS = (("few", "unread"), ("few", "start"), ("part", "own"), ("all", "own"), ("all", "own"))
_TARGET = 1000  # pictures, or captions, that the others are held against
_SIDES = (256, 640)  # pixels
_WORDNET = Path("data/packages/wordnet-base.deb")
_SETS = {"sets": {"held": {"path": "held", "embeddings": "target", "captions": "held.txt"}}}
_WORDS = {"wordnet": str(_WORDNET.resolve())}


class _Asked(NamedTuple):
    """A scorer, in an order in which each finds what it judges by."""

    pairs: int
    params: dict[str, Any]
    of: str | None = None  # whose embeddings and table it judges by


_SCORERS = {
    "caption": _Asked(_CAPTIONS, {}),
    "language": _Asked(_CAPTIONS, {}),
    "concreteness": _Asked(_CAPTIONS, _WORDS),
    "leakage_caption": _Asked(_CAPTIONS, _SETS),
    "complexity": _Asked(_PARSED, {"kind": "align.scorers.complexity", **_WORDS}),
    "image": _Asked(_PICTURES, {}),
    "phash": _Asked(_PICTURES, {}),
    "leakage": _Asked(_PICTURES, _SETS),
    "text_area": _Asked(_READ, {}),
    "text_spotted": _Asked(_READ, {}),
    "clip": _Asked(_PICTURES, {"model": "local-dir:network"}),
    "norm_sim": _Asked(_PICTURES, {"target": "target"}, "clip"),
    "leakage_semantic": _Asked(_PICTURES, _SETS, "clip"),
    "prototype": _Asked(_PICTURES, {}, "clip"),
    "clip_corrected": _Asked(_PICTURES, {}, "clip"),
    "duplicates": _Asked(_PICTURES, {}, "phash"),
}


def measure(repeats: int) -> Measured:
    """Score hardly anything, a pool, the pool and 1% more, and that again, as often as asked."""
    rows: list[list[object]] = []
    worst: list[tuple[float, float]] = [(0.0, 1.0)] * repeats
    for repeat in range(repeats):
        known: dict[str, tuple[float, float]] = {}  # what the first run and 1% more took
        for name, asked in _SCORERS.items():
            if "wordnet" in asked.params and not _WORDNET.is_file():
                print(f"bench: {name} is left out, there is no {_WORDNET}", file=sys.stderr)
                continue
            folder = _pool(asked.pairs)
            shutil.rmtree(folder / "memory", ignore_errors=True)
            _, start, *runs = (_cost_of(name, folder, *run) for run in _RUNS)
            first, more, none = (cost - start for cost in runs)
            by = known.get(asked.of or "", (0.0, 0.0))
            known[name] = whole = (first + by[0], more + by[1])
            worst[repeat] = max(worst[repeat], (whole[1], whole[0]), key=lambda w: w[0] / w[1])
            shares = [100 * more / first, 100 * whole[1] / whole[0]]
            rows.append([name, asked.pairs, start, first, more, none, *shares])
    headings = (
        *("scorer", "pairs", "start, CPU s", "first", "1% more", "no more"),
        *("% of the first", "with what it judges by"),
    )
    seconds, firsts = zip(*worst, strict=True)
    return Measured(headings, rows, {"increment_1pct": _cost.ratios(seconds, firsts)})


def _cost_of(name: str, folder: Path, pool: str, memory: str) -> float:
    """CPU seconds of a scorer over a pool, with one of its memories in the folder."""
    asked = _SCORERS[name]
    if asked.of == "clip" and not (folder / "target").is_dir():
        _targeted(folder / "embeddings/part/clip", folder / "target")
    command = [sys.executable, "-m", "curate.score", "--section", name, "--name", name]
    command += ["--sets", pool, "--embeddings", f"embeddings/{pool}/{asked.of or name}"]
    command += ["--scores", f"scores/{pool}", "--out", f"scores/{pool}/{name}.parquet"]
    command = ["env", "-C", str(folder), *command]
    return _cost.measured(command, {"PAIRWRIGHT_MEMORY": f"memory/{memory}"}).cpu


def _targeted(embeddings: Path, folder: Path) -> None:
    """Some of a pool's embeddings as those of a target set."""
    some = tables.read(embeddings / "images.parquet").slice(0, _TARGET)
    tables.write(some, folder / "images.parquet", "image")


def _pool(count: int) -> Path:
    """A folder with a set `all` of so many pairs, its first 100 of 101, `part`, and a `few`."""
    folder = ROOT / f"increment/{count}"
    if not (folder / "params.yaml").is_file():
        print(f"bench: making a pool of {count} pairs in {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if count in (_CAPTIONS, _PARSED):
            _pools.write(folder, count)
            (folder / "data/pool").rename(folder / "all")
        else:
            _photographed(folder / "all", count)
        pairs = tables.read(folder / "all" / sets.PAIRS_FILE)
        for name, size in (("part", count * 100 // 101), ("few", _FEW)):
            (folder / name).mkdir()
            (folder / name / "images").symlink_to("../all/images")
            file = folder / name / sets.PAIRS_FILE
            tables.write(pairs.slice(0, size), file, "uid", record.PAIRS)
        captions = pairs.column("caption").to_pylist()
        (folder / "held.txt").write_text("\n".join(captions[:_TARGET]))
        if count == _PICTURES:
            _network.write(folder / "network", captions)
            _held(folder / "held")
        # a section for each, so that none measures pictures for another
        alone = {name: {name: asked.params} for name, asked in _SCORERS.items()}
        (folder / "params.yaml").write_text(yaml.safe_dump(alone))
    return folder


def _held(folder: Path) -> None:
    """An evaluation set of some of the photographs."""
    source = _photos.made("increment-photos", _PICTURES, _SIDES)
    folder.mkdir()
    for number in range(_TARGET):
        shutil.copy(source / _photos.place(number), folder / f"{number}.jpg")


def _photographed(folder: Path, count: int) -> None:
    """A set of pictures with one caption each."""
    source = _photos.made("increment-photos", count, _SIDES)
    files = {}
    for number in range(count):
        data = (source / _photos.place(number)).read_bytes()
        files[record.image_name(data)] = data
    members = [(name, "jpg", data) for name, data in sorted(files.items())]
    places = shards.write(folder, "photos", members, per_shard=1000)
    pairs = [
        {
            **dict.fromkeys(("url", "page", "licence", "parent", "recipe")),
            **{"uid": record.pair_uid(name, "en", name), "image": name, "caption": name},
            **{"lang": "en", "source": "photos", **places[name]._asdict()},
            **dict(zip(("width", "height"), pixels.probe(data)[1:], strict=True)),
        }
        for name, data in files.items()
    ]
    table = pa.Table.from_pylist(pairs, record.PAIRS)
    tables.write(table, folder / sets.PAIRS_FILE, "uid", record.PAIRS)
