"""Drawn scenes, each of its own look, for what compares pictures."""

import numpy as np
from PIL import Image, ImageDraw


def scene(seed: int) -> Image.Image:
    """A drawn scene: a shaded sky and ground, a dozen things of any shape and colour."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (5, 7, 3), np.uint8)
    picture = Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y = random.integers(0, 300), random.integers(0, 220)
        box = (int(x), int(y), int(x + random.integers(8, 120)), int(y + random.integers(8, 90)))
        draw = (pen.ellipse, pen.rectangle)[random.integers(2)]
        draw(box, fill=tuple(random.integers(0, 256, 3).tolist()))
    return picture
