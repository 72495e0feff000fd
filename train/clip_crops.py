"""A batch's clips in, the same as if begun later, ended earlier, faster or slower, and nearer, out.

Frames at the ends are left out, their seconds pass at another pace, and of all of them the same
square is seen (the crops in time and space of Feichtenhofer et al., 2021). Nothing is mirrored or
played backwards, since words may tell the direction. All of it is drawn by (seed, epoch, uid).
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from train import draws
from train.batch import Batch

CUT = 0.4  # share of the frames that are left out at both ends together, at most
PACE = 0.15  # by which a clip is faster or slower, at most
NEAR = 0.2  # share of the square's side that is left out, at most


def distort(batch: Batch, share: float, *purpose: int | str) -> None:
    """Distort a share of a batch's clips; changes the notes of them."""
    frames = batch.notes["video_frames"].numpy()
    chance = draws.uniform(batch.keys, 7, "clip crops", *purpose)
    taken = (chance[:, 0] < share) & (frames > 0)
    if not taken.any():
        return
    cut = np.where(taken, (chance[:, 1] * (1 + frames * CUT // 1)).astype(np.int64), 0)
    first = (chance[:, 2] * (1 + cut)).astype(np.int64)
    pace = 1 + PACE * (2 * torch.from_numpy(chance[:, 3:4]).float() - 1)
    video, times, near = batch.notes["video"], batch.notes["video_times"], torch.from_numpy(taken)
    at, rows = np.arange(video.shape[1]), torch.arange(len(frames))[:, None]
    where = torch.from_numpy(np.minimum(first[:, None] + at, video.shape[1] - 1))
    there = torch.from_numpy(at < (frames - cut)[:, None])
    seen, passed = video[rows, where], times[rows, where] - times[rows, where[:, :1]]
    seen[near] = _nearer(seen[near], torch.from_numpy(chance[taken, 4:]).float())
    seconds = torch.where(near[:, None], times[:, :1] + passed * pace, times)
    batch.notes["video"] = seen * there[..., None, None, None]
    batch.notes["video_times"] = seconds * there
    batch.notes["video_frames"] = torch.from_numpy(frames - cut)


def _nearer(video: Tensor, chance: Tensor) -> Tensor:
    """Of frames `(N, T, 3, S, S)` a square of each clip, as large as before.

    Args:
        video: uint8.
        chance: of the square's side and of its place in both directions, in [0, 1), `(N, 3)`.
    """
    half = 1 - NEAR * chance[:, :1]
    middle = (2 * chance[:, 1:] - 1) * (1 - half)
    turn = torch.diag_embed(half.expand(-1, 2))
    grid = F.affine_grid(
        torch.cat([turn, middle[..., None]], 2),
        [len(video), 1, *video.shape[-2:]],
        align_corners=False,
    )
    planes = video.flatten(1, 2).float()
    seen = F.grid_sample(planes, grid, padding_mode="border", align_corners=False)
    return seen.round().clamp(0, 255).to(torch.uint8).view_as(video)
