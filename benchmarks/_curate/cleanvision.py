"""Photographs with planted faults in; checks and hashes beside cleanvision's, out.

Both sides read the same 1,000 JPEGs, one by one on one core, with the same thresholds. What they
flag differs by this: ours measures grey values for brightness and entropy, theirs weights squares
of R, G and B and counts the channels apart; ours takes a picture for grey by its pixels, theirs by
its file's mode; ours shrinks by means of areas before it looks for blur, theirs by cubic
interpolation; ours hashes large JPEGs at a smaller scale, and takes two for near-duplicates within
3 bits, theirs within none.

    cleanvision    images per second of the processor, ours over theirs
"""

import io
import json
import math
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image, ImageFilter

from benchmarks import _cost, _peer, _photos
from benchmarks._curate import Measured
from curate import hamming, together
from curate.dataset import record, shards
from curate.scorers import image, phash

_PEER = ("cleanvision==0.3.7",)
BESIDE = {"cleanvision": _PEER}
_COUNT, _EACH = 1000, 8  # pictures, and those with each fault
_SIDES = (500, 1024)  # pixels
_NEAR = 3  # bits of 64
_DARK, _LIGHT, _LONG, _POOR, _BLURRED, _FAR = 0.32, 0.05, 0.35, 3.0, 0.29, 3.0  # theirs


def measure(repeats: int) -> Measured:
    """Check one folder with both as often as asked, in turn."""
    python = _peer.python("cleanvision", _PEER)
    with tempfile.TemporaryDirectory() as name:
        folder, pool = Path(name, "files"), Path(name, "pool")
        files = _written(folder)
        rows = _stored(files, pool)
        ours, theirs = [], []
        for _ in range(repeats):
            started = time.process_time()
            tables = together.measure(rows, [(image, image.Params()), (phash, phash.Params())])
            flagged = _flagged(files, *tables)
            ours.append(len(files) / (time.process_time() - started))
            command = [python, "benchmarks/_cleanvision.py", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            told = json.loads(done.stdout.splitlines()[-1])
            theirs.append(len(files) / told["seconds"])
    found: list[list[object]] = [
        [check, len(told["flagged"][check]), len(own), len(own & set(told["flagged"][check]))]
        for check, own in flagged.items()
    ]
    found += [["images/CPU s", a, b, b / a] for a, b in zip(theirs, ours, strict=True)]
    headings = ("check", "cleanvision", "ours", "both, or ratio")
    return Measured(headings, found, {"cleanvision": _cost.ratios(ours, theirs)})


def _written(folder: Path) -> dict[str, bytes]:
    """Photographs, the first of them with faults, in a folder; their bytes by name."""
    root = _photos.made("photos", _COUNT, _SIDES)
    data = {f"{n}.jpg": (root / _photos.place(n)).read_bytes() for n in range(_COUNT - 2 * _EACH)}
    for number, (name, given) in enumerate(list(data.items())[: 7 * _EACH]):
        with Image.open(io.BytesIO(given)) as picture:
            data[name] = _jpeg(_faulty(picture.convert("RGB"), number // _EACH))
    for number in range(_EACH):
        given = data[f"{_COUNT // 2 + number}.jpg"]
        data[f"same-{number}.jpg"] = given
        with Image.open(io.BytesIO(data[f"{_COUNT // 2 + _EACH + number}.jpg"])) as picture:
            data[f"near-{number}.jpg"] = _jpeg(picture.convert("RGB"))
    folder.mkdir()
    for name, given in data.items():
        (folder / name).write_bytes(given)
    return data


def _faulty(picture: Image.Image, fault: int) -> Image.Image:
    """A picture made dark, light, blurred, grey, long, tiny or almost plain."""
    width = picture.width
    return (
        picture.point(lambda value: value // 8),
        picture.point(lambda value: 245 + value // 26),
        picture.filter(ImageFilter.GaussianBlur(60)),
        picture.convert("L"),
        picture.crop((0, 0, width, width // 5)),
        picture.resize((24, 24)),
        picture.point(lambda value: 100 + value // 128),
    )[fault]


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _stored(files: dict[str, bytes], pool: Path) -> pa.Table:
    """Rows of a set of all different pictures."""
    members = sorted({(record.image_name(data), "jpg", data) for data in files.values()})
    places = shards.write(pool, "photos", members, per_shard=1024)
    return pa.Table.from_pylist(
        [{"set": str(pool), "image": n, **places[n]._asdict()} for n, _, _ in members]
    )


def _flagged(files: dict[str, bytes], looks: pa.Table, hashes: pa.Table) -> dict[str, set[str]]:
    """Names of the files that each check flags."""
    of = {row: place for place, row in enumerate(looks.column("image").to_pylist())}
    rows = np.array([of[record.image_name(data)] for data in files.values()])
    names = np.array(list(files))
    value = {c: looks.column(c).to_numpy()[rows] for c in looks.column_names[1:]}
    size = value["shortest_side"] * np.sqrt(value["aspect"])  # root of the area
    low, high = np.percentile(size, [25, 75])
    reach = _FAR * (high - low)
    checks = {
        "dark": value["brightest"] < _DARK * 255,
        "light": value["darkest"] > (1 - _LIGHT) * 255,
        "odd_aspect_ratio": value["aspect"] > 1 / _LONG,
        "low_information": value["entropy"] < _POOR - math.log2(3),  # theirs is of 3 channels
        "blurry": value["clarity"] < _BLURRED,
        "grayscale": value["chroma"] < 1,
        "odd_size": (size < low - reach) | (size > high + reach),
        "exact_duplicates": np.bincount(rows, minlength=len(of))[rows] > 1,
        "near_duplicates": np.isin(rows, list(_near(hashes))),
    }
    return {check: set(names[found]) for check, found in checks.items()}


def _near(hashes: pa.Table) -> Iterator[int]:
    """Rows of pictures that look like another."""
    bits = np.array([int(text, 16) for text in hashes.column("phash").to_pylist()], np.uint64)
    kinds, first = np.unique(bits, return_inverse=True)
    near = np.bincount(first)[first] > 1
    for side in hamming.pairs(kinds, _NEAR):
        near |= np.isin(first, side)
    yield from near.nonzero()[0].tolist()
