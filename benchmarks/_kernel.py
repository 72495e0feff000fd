"""Pictures in, what it costs to decode, resize and encode them, and nothing else, out.

Run as a command it prints a JSON object: pictures, seconds of the processor in all and of each
part. With `vips` as its last argument, libvips does the same work (in its own environment). A
part works on what the part before it gave, but for `entropy`, the least that reading a JPEG takes.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ROUND = 100  # pictures that are held at once


def main(folder: Path, count: int, side: int, quality: int, library: str = "ours") -> None:
    """Read `count` pictures of a folder and resize each."""
    whole, aside, parts = _vips(side, quality) if library == "vips" else _ours(side, quality)
    spent = dict.fromkeys(["all", *aside, *parts], 0.0)
    files = sorted(folder.rglob("*.jpg"), key=lambda file: int(file.stem))[:count]
    for start in range(0, len(files), _ROUND):
        held = [file.read_bytes() for file in files[start : start + _ROUND]]
        for name, call in {"all": whole, **aside}.items():
            _timed(spent, name, call, held)
        values: list[Any] = held
        for name, call in parts.items():
            values = _timed(spent, name, call, values)
    print(json.dumps({"pictures": len(files), **spent}))


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

    return resized, {}, {}


if __name__ == "__main__":
    where, pictures, sides, percent = sys.argv[1:5]
    main(Path(where), int(pictures), int(sides), int(percent), *sys.argv[5:])
