"""Pictures in, what it costs to decode, resize and encode them, and nothing else, out.

Run as a command it prints a JSON object: of all pictures, and of the baseline and progressive JPEGs
among them apart, how many there are and the seconds of the processor, in all and of each part.
With `vips` as its last argument, libvips does the same work (in its own environment). A part works
on what the part before it gave, but for those aside: `entropy`, the least that reading a JPEG
takes, and libvips' `decode`, to the size that ours decodes to.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROUND = 100  # pictures that are held at once
_SCALES = (8, 4, 2)  # what libvips, too, can have a JPEG divided by as it is decoded
_MARKS = {0xC0: "baseline", 0xC2: "progressive"}  # how the frame of a JPEG begins


def main(folder: Path, count: int, side: int, quality: int, library: str = "ours") -> None:
    """Read `count` pictures of a folder and resize each."""
    whole, aside, parts = _vips(side, quality) if library == "vips" else _ours(side, quality)
    names = ["pictures", "all", *aside, *parts]
    spent = {kind: dict.fromkeys(names, 0.0) for kind in _MARKS.values()}
    files = sorted(folder.rglob("*.jpg"), key=lambda file: int(file.stem))[:count]
    for start in range(0, len(files), _ROUND):
        held = [file.read_bytes() for file in files[start : start + _ROUND]]
        for kind, own in spent.items():
            some = [data for data in held if coding(data) == kind]
            own["pictures"] += len(some)
            for name, call in {"all": whole, **aside}.items():
                _timed(own, name, call, some)
            values: list[Any] = some
            for name, call in parts.items():
                values = _timed(own, name, call, values)
    every = {name: sum(own[name] for own in spent.values()) for name in names}
    print(json.dumps({"every": every} | {k: own for k, own in spent.items() if own["pictures"]}))


def coding(data: bytes) -> str:
    """How a JPEG is coded: `baseline` or `progressive`.

    Raises:
        ValueError: it is neither.
    """
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        if found := _MARKS.get(data[place + 1]):
            return found
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    raise ValueError("no frame of a baseline or progressive JPEG")


Call = Callable[[Any], Any]


def _timed(spent: dict[str, float], name: str, call: Call, values: list[Any]) -> list[Any]:
    begun = time.process_time()
    results = [call(value) for value in values]
    spent[name] += time.process_time() - begun
    return results


def _ours(side: int, quality: int) -> tuple[Call, dict[str, Call], dict[str, Call]]:
    from curate import resize
    from curate.dataset import pixels

    params = resize.Resize(side=side, by="shorter", format="jpg", quality=quality)
    return (
        lambda data: resize.resized(data, params),
        {"entropy": lambda data: pixels.jpeg(data, "GRAY", (1, 1))},
        {
            "decode": lambda data: resize.decoded(data, params, pixels.MAX_PIXELS),
            "resize": resize.sampled,
            "encode": lambda grid: resize.encoded(grid, params),
        },
    )


def _vips(side: int, quality: int) -> tuple[Call, dict[str, Call], dict[str, Call]]:
    os.environ["VIPS_CONCURRENCY"] = "1"
    import pyvips

    pyvips.cache_set_max(0)

    def resized(data: bytes) -> bytes:
        image = pyvips.Image.new_from_buffer(data, "")
        scale = min(1.0, side / min(image.width, image.height))
        width, height = (max(1, round(s * scale)) for s in (image.width, image.height))
        small = pyvips.Image.thumbnail_buffer(data, width, height=height, size="force")
        return small.jpegsave_buffer(Q=quality, keep="none", subsample_mode="on")

    def decoded(data: bytes) -> Any:
        image = pyvips.Image.new_from_buffer(data, "")
        ratio = min(image.width, image.height) / side
        shrink = next((scale for scale in _SCALES if scale <= ratio), 1)
        return pyvips.Image.new_from_buffer(data, "", shrink=shrink).copy_memory()

    return resized, {"decode": decoded}, {}


if __name__ == "__main__":
    where, pictures, sides, percent = sys.argv[1:5]
    main(Path(where), int(pictures), int(sides), int(percent), *sys.argv[5:])
