"""Perceptual hashes, or pictures, in; what near-duplicates cost beside imagededup, out.

Hashes are uniform, and a tenth of them lie up to 10 bits beside another. Both sides are given the
same hashes and imagededup's own threshold, and must find the same pairs. imagededup compares every
two in compiled code by default, since its version 0.3, or goes through a BK-tree. It searches in a
process of its own even where it is asked for none, so its seconds are those of that process, too;
what it takes to import is left out. Before each of its searches in compiled code it reads all the
hashes from their digits again, which is most of what it costs.

From pictures, each side is a command with all that it takes: imagededup's `find_duplicates` of a
folder, and our stages `phash` and `duplicates` of a pool, each with a hash of its own kind.

    imagededup_10k             its seconds of the processor over ours, to search 10,000 hashes
    imagededup_30k             the same of 30,000
    imagededup_10k_bktree      the same of 10,000 by its BK-tree
    imagededup_10k_pictures    the same of 10,000 pictures that are hashed, then searched
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks import _cost, _peer, _photos
from benchmarks._curate import Measured
from curate import duplicates
from curate.dataset import pixels, record, sets, shards, tables

DISTANCE = 10  # bits of 64, imagededup's own
_COUNT, _MORE = 10_000, 30_000
_SIDES = (160, 480)  # pixels of the pictures
_DEFAULT, _TREE = "brute_force_cython", "bktree"
_PEER = ("imagededup==0.3.3.post2",)
BESIDE = dict.fromkeys(
    (f"imagededup_{of}" for of in ("10k", "30k", "10k_bktree", "10k_pictures")), _PEER
)
_SEARCH = """
import json, os, sys
from imagededup.methods import PHash
hashes = json.load(sys.stdin)
start = sum(os.times()[:4])
found = PHash(verbose=False).find_duplicates(
    encoding_map=hashes, max_distance_threshold={distance}, search_method={method!r},
    num_dist_workers=0,
)
seconds = sum(os.times()[:4]) - start
pairs = sorted({{tuple(sorted((a, b))) for a, others in found.items() for b in others}})
print(json.dumps([seconds, pairs]))
"""
_PICTURES = """
import sys
from imagededup.methods import PHash
found = PHash(verbose=False).find_duplicates(
    image_dir=sys.argv[1], max_distance_threshold={distance}, recursive=True,
    num_enc_workers=0, num_dist_workers=0,
)
print(sum(map(len, found.values())) // 2)
"""
_OURS = """
from pathlib import Path
from curate import score
score.main("phash", Path("pool"), Path("scores/phash.parquet"), {{}})
params = {{"exact": False, "distance": {distance}, "colours": None}}
score.main("duplicates", Path("pool"), Path("scores/duplicates.parquet"), params, None,
           Path("scores"))
"""


def measure(repeats: int) -> Measured:
    """Search in turn; what takes minutes, more hashes and the BK-tree, and the pictures once.

    Raises:
        RuntimeError: one side finds a pair that the other does not.
    """
    peer = _peer.python("imagededup", _PEER)
    rows: list[list[object]] = []
    runs = [_both(peer, _COUNT, seed, _DEFAULT, rows) for seed in range(repeats)]
    found = {"imagededup_10k": _cost.ratios(*zip(*runs, strict=True))}
    for name, count, method in (("30k", _MORE, _DEFAULT), ("10k_bktree", _COUNT, _TREE)):
        theirs, ours = _both(peer, count, 0, method, rows)
        found[f"imagededup_{name}"] = _cost.ratios([theirs], [ours])
    ours, theirs = _from_pictures(peer, rows)
    found["imagededup_10k_pictures"] = _cost.ratios([theirs], [ours])
    headings = ("searched", "how", "pairs", "ours, CPU s", "imagededup, CPU s")
    return Measured(headings, rows, found)


def _both(
    peer: str, count: int, seed: int, method: str, rows: list[list[object]]
) -> tuple[float, float]:
    """Seconds of the processor of imagededup and of ours."""
    hashes = _hashes(count, seed)
    seconds, pairs = _own(hashes)
    its, known = _theirs(peer, hashes, method)
    if pairs != known:
        only = len(set(pairs) ^ set(known))
        raise RuntimeError(f"of {len(known)} pairs, {only} were found by one side alone")
    rows.append([f"{count} hashes", method, len(pairs), f"{seconds:.4f}", f"{its:.4f}"])
    return its, seconds


def _hashes(count: int, seed: int) -> dict[str, str]:
    """Name of each picture: its hash, 16 hexadecimal digits."""
    random = np.random.default_rng(seed)
    planted = count // 10
    hashes = random.integers(0, 2**64, count, dtype=np.uint64)
    hashes[-planted:] = hashes[:planted]
    for _ in range(DISTANCE):
        hashes[-planted:] ^= np.uint64(1) << random.integers(0, 64, planted, dtype=np.uint64)
    return {f"{number:06d}.jpg": f"{value:016x}" for number, value in enumerate(hashes.tolist())}


def _own(hashes: Mapping[str, str]) -> tuple[float, list[tuple[str, str]]]:
    """Seconds of the processor, and the pairs, by name."""
    names = list(hashes)
    start = time.process_time()
    blocks = list(duplicates.alike(duplicates.looks(list(hashes.values())), DISTANCE))
    seconds = time.process_time() - start
    left, right, _ = (np.concatenate(side) for side in zip(*blocks, strict=True))
    return seconds, sorted((names[a], names[b]) for a, b in zip(left, right, strict=True))


def _theirs(
    peer: str, hashes: Mapping[str, str], method: str
) -> tuple[float, list[tuple[str, str]]]:
    """The same of imagededup."""
    run = [peer, "-c", _SEARCH.format(distance=DISTANCE, method=method)]
    done = subprocess.run(run, input=json.dumps(hashes), capture_output=True, text=True, check=True)
    seconds, pairs = json.loads(done.stdout.splitlines()[-1])
    return seconds, [(a, b) for a, b in pairs]


def _from_pictures(peer: str, rows: list[list[object]]) -> tuple[float, float]:
    """Seconds of the processor of ours and of imagededup, from pictures to what is alike."""
    folder = _photos.made("small-photos", _COUNT, _SIDES)
    root = _peer.ROOT / "imagededup"
    shutil.rmtree(root, ignore_errors=True)
    _pooled(folder, root / "pool")
    code = _OURS.format(distance=DISTANCE)
    here = {"PYTHONPATH": str(Path.cwd())}
    ours = _cost.measured(["env", "-C", str(root), sys.executable, "-c", code], here)
    its = _cost.measured([peer, "-c", _PICTURES.format(distance=DISTANCE), str(folder)])
    size = tables.read(root / "scores/duplicates.parquet", ["size"]).column("size").to_numpy()
    rows.append(
        [
            *(f"{_COUNT} pictures", _DEFAULT),
            f"{its.said.splitlines()[-1]}; {np.count_nonzero(size > 1)} of ours in clusters",
            *(f"{ours.cpu:.1f}", f"{its.cpu:.1f}"),
        ]
    )
    return ours.cpu, its.cpu


def _pooled(folder: Path, pool: Path) -> None:
    """Write the pictures of a folder as a set."""
    data = [(folder / _photos.place(number)).read_bytes() for number in range(_COUNT)]
    members = sorted({(record.image_name(one), "jpg", one) for one in data})
    places = shards.write(pool, "photos", members, per_shard=1024)
    blank = dict.fromkeys(record.PAIRS.names)
    said = {"caption": "a photograph", "lang": "en", "source": "photos"}
    found = []
    for name, _, one in members:
        _, width, height = pixels.probe(one)
        named = {"uid": name, "image": name, "width": width, "height": height}
        found.append({**blank, **said, **named, **places[name]._asdict()})
    table = pa.Table.from_pylist(found, record.PAIRS)
    tables.write(table, pool / sets.PAIRS_FILE, "uid", record.PAIRS)
