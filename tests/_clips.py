"""Clips that tell by their motion what no frame of them tells; and batches of as many as asked."""

import io

import numpy as np
import torch
from PIL import Image

from tests._speech import batch_of
from train.batch import Batch
from train.notes.video import FRAMES, SIDE

WAYS = {"left": "links", "right": "rechts"}


def way_of(image: str) -> str:
    """In which way a picture moves, as no look at it tells."""
    return list(WAYS)[int(image, 16) % 2]


def moved(picture: bytes, way: str) -> bytes:
    """A picture that passes to the left or to the right, as an animated WebP of a second."""
    still = Image.open(io.BytesIO(picture)).convert("RGB").resize((24, 24))
    frames = []
    for left in range(0, 40, 4):
        frame = Image.new("RGB", (64, 64), "white")
        frame.paste(still, (left, 20))
        frames.append(frame)
    if way == "left":
        frames.reverse()
    out = io.BytesIO()
    more = {"append_images": frames[1:], "duration": 100, "lossless": True}
    frames[0].save(out, "WEBP", save_all=True, **more)
    return out.getvalue()


def clips_of(number: int, side: int = SIDE) -> Batch:
    """Pairs that each have a word, no region and a clip of noise, a frame each 100 ms."""
    batch = batch_of(number, 8)
    random = np.random.default_rng(0).integers(0, 256, (number, FRAMES, 3, side, side), np.uint8)
    batch.notes = {
        "video": torch.from_numpy(random),
        "video_times": (torch.arange(FRAMES) / 10).expand(number, -1),
        "video_frames": torch.full((number,), FRAMES),
    }
    return batch
