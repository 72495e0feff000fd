"""Speech that a test can say: tones for words; and batches of as many sounds as chances ask."""

import io
from collections.abc import Sequence

import numpy as np
import soundfile
import torch

from train.batch import Batch


def utter(tones: Sequence[float], rate: int = 16_000, seconds: float = 0.2) -> bytes:
    """Tones (Hz) after each other, each of some length, in a WAV."""
    at = np.arange(int(rate * seconds)) / rate
    wave = np.concatenate([np.sin(2 * np.pi * hertz * at) for hertz in tones])
    noise = np.random.default_rng(int(sum(tones))).normal(size=len(wave))
    out = io.BytesIO()
    soundfile.write(out, 0.3 * wave + 0.003 * noise, rate, format="WAV")
    return out.getvalue()


def batch_of(number: int, frames: int, bands: int = 1) -> Batch:
    """Pairs that each have a word, no region and a sound of ones."""
    none = torch.zeros(number, 0)
    there = torch.ones(number, 1, dtype=torch.bool)
    return Batch(
        keys=np.random.default_rng(0).integers(0, 2**63, number).astype(np.uint64),
        tokens=torch.full((number, 1), 7),
        words=there,
        features=none[..., None],
        boxes=none[..., None].expand(-1, -1, 4),
        regions=none.bool(),
        hidden=none.bool(),
        labels=none.long(),
        matched=there[:, 0],
        maskable=there.expand(-1, 2),
        notes={
            "sound": torch.ones(number, frames, bands),
            "sound_frames": torch.full((number,), frames),
        },
    )
