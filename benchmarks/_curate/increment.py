"""A pool in, and then 1% more of it; what every scorer costs the second time, out.

Scorers of pictures get windows of photographs, the CLIP among them is a network of the demo's size
with random weights; those of captions, which cost microseconds each, get a larger pool without
pixels. The second run pays for Python, its imports, the tables and what is new; the third, of the
same pool again, for all but the last.

    increment_1pct    CPU seconds for 1% more over those of the first run, all scorers together
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from benchmarks import _cost, _photos
from benchmarks._curate import Measured, _pools
from benchmarks._peer import ROOT
from curate.contrastive.recipe import Network
from curate.dataset import pixels, record, sets, shards, tables
from curate.stage import params as parameter_file

_CAPTIONS, _PICTURES = 1_000_000, 10_000
_TARGET = 1000  # pictures that `norm_sim` holds the others against
_SIDES = (256, 640)  # pixels
_SCORERS: dict[str, tuple[int, dict[str, Any]]] = {  # pairs and parameters
    "caption": (_CAPTIONS, {}),
    "language": (_CAPTIONS, {}),
    "image": (_PICTURES, {}),
    "phash": (_PICTURES, {}),
    "clip": (_PICTURES, {"model": "local-dir:network"}),
    "norm_sim": (_PICTURES, {"of": "clip", "target": "target"}),
}


def measure(repeats: int) -> Measured:
    """Score a pool, the pool and 1% more, and that again, as often as asked."""
    rows = []
    firsts, seconds = [0.0] * repeats, [0.0] * repeats
    for name, (count, _) in _SCORERS.items():
        folder = _pool(count)
        for repeat in range(repeats):
            shutil.rmtree(folder / "memory", ignore_errors=True)
            first, second, third = (_cost_of(name, folder, pool) for pool in ("part", "all", "all"))
            firsts[repeat] += first
            seconds[repeat] += second
            rows.append([name, count, first, second, third, 100 * second / first])
    headings = ("scorer", "pairs", "first, CPU s", "1% more", "no more", "% of the first")
    return Measured(headings, rows, {"increment_1pct": _cost.ratios(seconds, firsts)})


def _cost_of(name: str, folder: Path, pool: str) -> float:
    """CPU seconds of a scorer, whose memory lies in the folder."""
    of = _SCORERS[name][1].get("of", name)
    if of != name and not (folder / "target").is_dir():
        _targeted(folder / "embeddings/part" / of, folder / "target")
    command = [sys.executable, "-m", "curate.score", "--section", name, "--name", name]
    command += ["--sets", pool, "--embeddings", f"embeddings/{pool}/{of}"]
    command = ["env", "-C", str(folder), *command, "--out", f"{name}.parquet"]
    return _cost.measured(command, {"PAIRWRIGHT_MEMORY": "memory"}).cpu


def _targeted(embeddings: Path, folder: Path) -> None:
    """Some of a pool's embeddings as those of a target set."""
    some = tables.read(embeddings / "images.parquet").slice(0, _TARGET)
    tables.write(some, folder / "images.parquet", "image")


def _pool(count: int) -> Path:
    """A folder with a set `all` of so many pairs and one of its first 100 of 101, `part`."""
    folder = ROOT / f"increment/{count}"
    if not (folder / "params.yaml").is_file():
        print(f"bench: making a pool of {count} pairs in {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "part").mkdir(parents=True)
        if count == _CAPTIONS:
            _pools.write(folder, count)
            (folder / "data/pool").rename(folder / "all")
        else:
            _photographed(folder / "all", count)
            (folder / "part/images").symlink_to("../all/images")
        pairs = tables.read(folder / "all" / sets.PAIRS_FILE)
        part = pairs.slice(0, count * 100 // 101)
        tables.write(part, folder / "part" / sets.PAIRS_FILE, "uid", record.PAIRS)
        if count == _PICTURES:
            _network(folder / "network", pairs.column("caption").to_pylist())
        # a section for each, so that none measures pictures for another
        alone = {name: {name: params} for name, (_, params) in _SCORERS.items()}
        (folder / "params.yaml").write_text(yaml.safe_dump(alone))
    return folder


def _network(folder: Path, captions: list[str]) -> None:
    """A CLIP as `filter_network` trains it, but of random weights."""
    import torch

    from curate.contrastive import network, vocabulary

    values = parameter_file.load(Path("params.yaml"), "filter_network.network")
    recipe = parameter_file.build(Network, values, "filter_network.network")
    tokenizer = vocabulary.learn(captions, recipe.vocabulary)
    config = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(folder, network.build(config), config, tokenizer)


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
