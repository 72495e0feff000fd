"""A number of pairs in; tars of small JPEGs with captions, as img2dataset leaves them, out.

A tenth of the pictures looks like another (saved again, in another size), one in 200 is a blank
page, one in a hundred repeats a picture with another caption. Half of the captions are English,
varied from real ones (`benchmarks/_align/_captions.py`), the others words by Zipf's law in five
languages.
"""

import io
import itertools
import json
import tarfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks._align import _captions
from benchmarks._curate import _pools

SOURCES = {"web": 12, "shop": 4, "news": 2, "blog": 1, "books": 1}  # tars
_SIDES = (48, 65)  # pixels, from and below
_COARSE = (5, 6, 3)  # colours that a picture is blurred from
_BLANK, _REPEATED, _ALIKE = 200, 100, 10  # one in so many


def write(folder: Path, count: int) -> None:
    """Tars of so many pairs, `<source>/<number>.tar`."""
    random = np.random.default_rng(count)
    lang = random.choice(_pools.LANGUAGES, count, p=_pools.SPOKEN)
    captions = np.array(_pools.captions(count, vocabulary(), random), object)
    english = np.flatnonzero(lang == "en")
    captions[english] = _captions.varied(len(english), random)
    names = [f"{source}/{n:02}.tar" for source, number in SOURCES.items() for n in range(number)]
    bounds = np.linspace(0, count, len(names) + 1).astype(int)
    parts = [slice(*ends) for ends in itertools.pairwise(bounds)]
    with ProcessPoolExecutor(2) as pool:
        done = [
            pool.submit(_tar, folder / name, int(part.start), captions[part], lang[part])
            for name, part in zip(names, parts, strict=True)
        ]
        for one in done:
            one.result()


def vocabulary() -> list[str]:
    """The words of captions that are not English, the same for any number of pairs."""
    return _pools.vocabulary(np.random.default_rng(0))


def _tar(file: Path, start: int, captions: np.ndarray, lang: np.ndarray) -> None:
    """A tar of pairs that are numbered from `start`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(start)
    said = zip(captions.tolist(), lang.tolist(), strict=True)
    shown = pictures(random)
    with tarfile.open(file, "w") as tar:
        for number, (caption, tongue) in enumerate(said, start):
            row = {
                "caption": caption,
                "lang": tongue,
                "url": f"https://host{number % 5000}.example/{number // 7}.jpg",
                "license": "CC0-1.0",
            }
            for ending, data in (("jpg", next(shown)), ("json", json.dumps(row).encode())):
                info = tarfile.TarInfo(f"{number:09}.{ending}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def pictures(random: np.random.Generator) -> Iterator[bytes]:
    """JPEGs without end, each but the repeated ones with other bytes."""
    coarse = random.integers(0, 256, _COARSE, dtype=np.uint8)
    data, number = b"", 0
    while True:
        if number % _REPEATED != 1:
            if number % _ALIKE != _ALIKE - 1:
                coarse = random.integers(0, 256, _COARSE, dtype=np.uint8)
            blank = number % _BLANK == _BLANK // 2
            shown = Image.fromarray(np.full_like(coarse, 255) if blank else coarse)
            out = io.BytesIO()
            quality = int(random.integers(70, 95))
            size = tuple(random.integers(*_SIDES, 2).tolist())
            told = random.bytes(8).hex()  # so that no two blank ones are the same
            picture = shown.resize(size, Image.Resampling.BICUBIC)
            picture.save(out, "JPEG", quality=quality, comment=told)
            data = out.getvalue()
        yield data
        number += 1
