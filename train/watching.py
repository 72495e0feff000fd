"""Frames of a clip in, tokens of the joint encoder out.

A patch is a square of one frame. It is projected; its place in the frame and the second of the
frame are added, so that what moves is told by time and not by number (the divided places of
TimeSformer, Bertasius et al., 2021). The second is told in sines and cosines of geometric rates, as
places are in Transformers (Vaswani et al., 2017): the slowest turns once in more than the longest
clip that is read (`clips.MAX_SECONDS`), so that no two seconds of a clip are told alike.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train import clip_crops
from train.batch import Batch
from train.medium import Medium
from train.notes.video import PATCH, PLACES, SIDE
from train.plan import Plan

WAVES = 8  # sines, and cosines, of the second
SLOWEST, FASTEST = 1 / 128, 8.0  # Hz; those between are evenly spaced by their logarithms
MIDDLE = 127.5  # mean and deviation that a pixel is standardised by


class Watching(Medium):
    """Embeds clips, the note `video`."""

    NAME = "video"
    OF = "shown"
    DOES = "watches clips"
    FEATURES = 3 * PATCH**2
    DISTORTED = "clip_crops"
    distort = staticmethod(clip_crops.distort)

    def build(self, plan: Plan) -> None:
        """Make the places in a frame, and the projection of its second."""
        self.place = nn.Embedding(PLACES, plan.width)
        self.time = nn.Linear(2 * WAVES, plan.width)

    def places(self, batch: Batch) -> Tensor:
        """Place in the frame and second of each patch, `(B, 1 + P, D)`; nothing of the whole."""
        seconds = self.time(waves(batch.notes["video_times"]))
        return F.pad((seconds[:, :, None] + self.place.weight).flatten(1, 2), (0, 0, 1, 0))

    @staticmethod
    def patched(given: Tensor) -> Tensor:
        """Frames `(B, T, 3, S, S)` uint8 to patches `(B, P, F)`, frame by frame, row by row."""
        number = SIDE // PATCH
        squares = given.unflatten(4, (number, PATCH)).unflatten(3, (number, PATCH))
        patches = squares.permute(0, 1, 3, 5, 2, 4, 6).flatten(4).flatten(1, 3)
        return patches.float() / MIDDLE - 1

    @staticmethod
    def present(batch: Batch) -> Tensor:
        """Which patches there are, `(B, P)` bool: those of the first frames."""
        at = torch.arange(batch.notes["video"].shape[1], device=batch.notes["video"].device)
        return (at < batch.notes["video_frames"][:, None]).repeat_interleave(PLACES, 1)


def waves(seconds: Tensor) -> Tensor:
    """Sines, then cosines, of some seconds `(B, T)`, `(B, T, 2 * WAVES)`."""
    ends = math.log2(SLOWEST), math.log2(FASTEST)
    rates = torch.logspace(*ends, WAVES, base=2.0, device=seconds.device)
    turns = 2 * math.pi * seconds[..., None] * rates
    return torch.cat([turns.sin(), turns.cos()], -1)
