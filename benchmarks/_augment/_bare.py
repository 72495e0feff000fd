"""Photographs in, as many of them transformed by albumentations alone, out: no captions, no tables.

One pipeline for all pictures, with its own chances and draws. Pictures are decoded and encoded as
the stage does it, but without a mark of how they were made, and written to a folder.
"""

import os
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import _photos
from benchmarks._augment import _pool
from curate.dataset import pixels


def main(count: int, photos: Path, out: Path) -> None:
    """Transform `count` pictures of a folder of photographs into another."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations as library
    import cv2

    cv2.setNumThreads(1)
    asked = _pool.asked()
    steps = [library.LongestMaxSize(max_size=asked["longest_side"], interpolation=3, p=1.0)]
    for name, spec in asked["transforms"].items():
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
        steps.append(getattr(library, name)(**values))
    pipeline = library.Compose(steps, seed=0)
    out.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture = np.asarray(pixels.decode((photos / _photos.place(number)).read_bytes()))
        made = Image.fromarray(np.ascontiguousarray(pipeline(image=picture)["image"]))
        made.save(
            out / f"{number}.jpg", "JPEG", quality=asked["quality"], subsampling=0, optimize=True
        )
