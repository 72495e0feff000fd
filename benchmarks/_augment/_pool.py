"""Photographs in, a project folder with a kept pool and the project's own transforms, out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from benchmarks import _photos
from benchmarks._peer import ROOT
from curate.dataset import pixels, record, sets, shards, tables

FEW, MANY = 200, 1200  # pictures; what few cost holds what starting costs each worker
SIDES = (260, 400)  # pixels
_PER_SHARD = 50  # pictures in a tar, on average: all workers have work, and end together
# what no transform makes false, in the languages of the default job; each picture's has a name more
_SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu")
_CAPTIONS = {
    **{"en": "a lemon", "de": "eine Zitrone", "es": "un limón"},
    **{"fr": "un citron", "ja": "レモン", "ru": "лимон"},
}


def made(count: int) -> Path:
    """A folder with pool/, kept.parquet, split.parquet and params.yaml; made once.

    Args:
        count: pictures, each with a caption in six languages.
    """
    folder = ROOT / f"augment/{count}"
    photos = _photos.made("photos_augment", MANY, SIDES)
    (folder / "pool").mkdir(parents=True, exist_ok=True)
    params = yaml.safe_dump({"make": {"photometric": asked()}})
    (folder / "params.yaml").write_text(params, encoding="utf-8")
    if (folder / "split.parquet").is_file():
        return folder
    held = [(photos / _photos.place(number)).read_bytes() for number in range(count)]
    members = sorted((record.image_name(data), "jpg", data) for data in held)
    places = shards.write(folder / "pool", "photos", members, _PER_SHARD)
    pairs = []
    for number, (image, _, data) in enumerate(members):
        name = "".join(_SYLLABLES[int(digit)] for digit in f"{number:04d}")
        _, width, height = pixels.probe(data)
        place = {**places[image]._asdict(), "width": width, "height": height}
        for lang, lemon in _CAPTIONS.items():
            caption = f"{lemon} {name}"
            uid = record.pair_uid(image, lang, caption)
            names = {"uid": uid, "image": image, "caption": caption, "lang": lang}
            pairs.append({**names, **place, "source": "photos", "licence": "CC0-1.0"})
    uids = [pair["uid"] for pair in pairs]
    _write(pairs, folder / "pool" / sets.PAIRS_FILE, "uid", record.PAIRS)
    ruled = [
        {"uid": uid, "kept": True, "reason": "words", "failed": [], "margins": []} for uid in uids
    ]
    _write(ruled, folder / "kept.parquet", "uid", record.DECISIONS)
    split = [{"image": image, "split": "train", "group": image} for image, _, _ in members]
    _write(split, folder / "split.parquet", "image", record.SPLITS)
    return folder


def asked() -> dict[str, Any]:
    """`make.photometric` of the project's own params.yaml, for every picture."""
    own = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["make"]["photometric"]
    return {
        **own,
        "reads": None,
        "share": 1.0,
        "per_shard": _PER_SHARD,
        "known": {},
        "written": None,
    }


def command(folder: Path) -> list[str]:
    """The arguments of Python that run the photometric stage on a folder."""
    places = {
        **{"pool": "pool", "decisions": "kept.parquet", "split": "split.parquet"},
        **{"packages": "packages", "out": "made", "params": "params.yaml"},
        "metrics": "made.json",
    }
    flags = [word for flag, name in places.items() for word in (f"--{flag}", str(folder / name))]
    return ["-m", "augment.make", "--name", "photometric", *flags]


def _write(rows: Sequence[dict[str, Any]], file: Path, key: str, schema: pa.Schema) -> None:
    tables.write(pa.Table.from_pylist(rows, schema), file, key, schema)
