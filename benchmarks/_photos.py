"""Photographs in, thousands of different pictures of them out, as they are met on the web.

Each picture is a window of a photograph at one of its scales: 19 photographs of Ubuntu Touch's
wallpapers (CC0, CC BY and CC BY-SA) give any number of JPEGs with the grain, the edges and the
entropy of photographs.
"""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

from benchmarks._peer import ROOT
from curate.clients import Apt
from curate.dataset.packages import unpack

_PACKAGES = ("lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04")
_SCALES = (1.0, 0.7, 0.5, 0.35, 0.25)  # of a photograph
_PROGRESSIVE = 0.2  # share of the pictures


def made(name: str, count: int, sides: tuple[int, int]) -> Path:
    """Folder with at least `count` JPEGs `<thousands>/<number>.jpg`, made once.

    Args:
        name: of the folder.
        count: pictures.
        sides: least and greatest width and height (pixels).
    """
    folder = ROOT / name
    done = folder / "count"
    if done.is_file() and int(done.read_text()) >= count:
        return folder
    print(f"bench: making {count} pictures in {folder}", file=sys.stderr)
    for thousand in range((count + 999) // 1000):
        (folder / str(thousand)).mkdir(parents=True, exist_ok=True)
    photographs = _photographs()
    jobs = [
        (photo, folder, range(first, count, len(photographs)), sides)
        for first, photo in enumerate(photographs)
    ]
    with ProcessPoolExecutor() as pool:
        list(pool.map(_windows, jobs))
    done.write_text(str(count))
    return folder


def place(number: int) -> str:
    """Path of a picture inside its folder."""
    return f"{number // 1000}/{number}.jpg"


def _photographs() -> list[Path]:
    """The photographs, from their packages."""
    packages = ROOT / "packages"
    for name in _PACKAGES:
        archive = packages / f"{name}.deb"
        if not archive.is_file():
            (packages / name).mkdir(parents=True, exist_ok=True)
            Apt().download(name, None, packages / name, lambda _: None).rename(archive)
    folders = [unpack(packages, name) for name in _PACKAGES]
    return sorted(file for folder in folders for file in folder.rglob("*.jpg"))


def _windows(job: tuple[Path, Path, range, tuple[int, int]]) -> None:
    """Write the windows of one photograph."""
    photo, folder, numbers, sides = job
    scaled = list(_scaled(photo, sides[1]))
    for number in numbers:
        chance = random.Random(number)
        picture = chance.choice(scaled)
        width, height = chance.randint(*sides), chance.randint(*sides)
        left = chance.randint(0, picture.width - width)
        top = chance.randint(0, picture.height - height)
        picture.crop((left, top, left + width, top + height)).save(
            folder / place(number),
            quality=chance.randint(75, 95),
            progressive=chance.random() < _PROGRESSIVE,
        )


def _scaled(photo: Path, least: int) -> Iterator[Image.Image]:
    """A photograph at every scale at which it still holds a window of any size."""
    with Image.open(photo) as opened:
        whole = opened.convert("RGB")
    smallest = least / min(whole.size)
    for share in sorted({max(share, smallest) for share in _SCALES}, reverse=True):
        size = (max(least, round(whole.width * share)), max(least, round(whole.height * share)))
        yield whole.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
