"""A batch's sounds in, the same as if spoken faster or slower, cut, and with gaps, out.

SpecAugment (Park et al., 2019) hides bands and frames; before that the pace of a sound changes
(Ko et al., 2015) and its ends are cut off. All of it is drawn by (seed, epoch, uid), and what is
hidden is 0, the mean.
"""

import numpy as np
import torch

from train import draws, mel
from train.batch import Batch
from train.notes.sound import PATCH

PACE = 0.15  # by which a sound is faster or slower, at most
CUT = 0.1  # share of its frames that are cut off at both ends together, at most
HIGH, WIDE = 0.2, 0.12  # shares of bands, and of frames, that one mask hides, at most
MASKS = 2  # of each kind


def distort(batch: Batch, share: float, *purpose: int | str) -> None:
    """Distort a share of a batch's sounds; changes the notes of them."""
    sound, frames = batch.notes["sound"].numpy(), batch.notes["sound_frames"].numpy()
    chance = draws.uniform(batch.keys, 4 + 4 * MASKS, "spec augment", *purpose)
    taken = (chance[:, 0] < share) & (frames > 0)
    if not taken.any():
        return
    pace = np.where(taken, 1 + PACE * (2 * chance[:, 1] - 1), 1.0)
    cut = np.where(taken, CUT * chance[:, 2], 0.0)
    kept = np.maximum((frames * (1 - cut) / pace).astype(np.int64), np.minimum(frames, 1))
    kept = np.where(taken, np.minimum(kept, mel.FRAMES), frames)
    first = frames * cut * chance[:, 3]
    at = np.arange(-(-int(kept.max()) // PATCH) * PATCH)
    found = _between(sound, first[:, None] + at * pace[:, None], frames)
    hidden = at >= kept[:, None]
    for mask in range(MASKS):
        wide, start = chance[:, 4 + 4 * mask], chance[:, 5 + 4 * mask]
        hidden |= taken[:, None] & _within(at, kept, WIDE * wide, start)
    bands = np.zeros((len(sound), sound.shape[2]), bool)
    for mask in range(MASKS):
        wide, start = chance[:, 6 + 4 * mask], chance[:, 7 + 4 * mask]
        number = np.full(len(sound), sound.shape[2])
        bands |= taken[:, None] & _within(np.arange(sound.shape[2]), number, HIGH * wide, start)
    found[hidden[:, :, None] | bands[:, None, :]] = 0.0
    batch.notes["sound"] = torch.from_numpy(found)
    batch.notes["sound_frames"] = torch.from_numpy(kept)


def _between(sound: np.ndarray, place: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Frames at some places that lie between others, `(B, K, M)`, by straight lines."""
    place = np.minimum(place, np.maximum(frames[:, None] - 1, 0))
    low = place.astype(np.int64)
    part = (place - low)[..., None].astype(np.float32)
    rows = np.arange(len(sound))[:, None]
    found: np.ndarray = sound[rows, low]
    return found + part * (sound[rows, np.minimum(low + 1, sound.shape[1] - 1)] - found)


def _within(at: np.ndarray, number: np.ndarray, wide: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Which of so many places `(B, K)` lie in a mask, given its width and place as shares."""
    first = start * (1 - wide) * number
    end = first + wide * number
    return (at >= first[:, None]) & (at < end[:, None])
