"""Frames of sound in, tokens of the joint encoder out.

A patch is some frames of the log-mel spectrogram with all their bands (AST, Gong et al., 2021, has
squares; words follow each other in time alone), and its place is a number.
"""

import torch
from torch import Tensor, nn

from train import mel, spec_augment
from train.batch import Batch
from train.medium import Medium
from train.notes.sound import PATCH
from train.plan import Plan

PATCHES = mel.FRAMES // PATCH  # of the longest sound


class Hearing(Medium):
    """Embeds sound, the note `sound`."""

    NAME = "sound"
    OF = "said"
    DOES = "hears spoken captions"
    FEATURES = PATCH * mel.BANDS
    DISTORTED = "spec_augment"
    distort = staticmethod(spec_augment.distort)

    def build(self, plan: Plan) -> None:
        """Make the positions."""
        self.place = nn.Embedding(1 + PATCHES, plan.width)

    def places(self, batch: Batch) -> Tensor:
        """Positions, `(1 + P, D)`."""
        return self.place.weight[: 1 + batch.notes["sound"].shape[1] // PATCH]

    @staticmethod
    def patched(given: Tensor) -> Tensor:
        """Frames `(B, T, M)`, T a multiple of a patch, to `(B, P, F)`."""
        return given.unflatten(1, (-1, PATCH)).flatten(2)

    @staticmethod
    def present(batch: Batch) -> Tensor:
        """Which patches there are, `(B, P)` bool; of each sound the last may be short."""
        sound, frames = batch.notes["sound"], batch.notes["sound_frames"]
        at = torch.arange(0, sound.shape[1], PATCH, device=sound.device)
        return at < frames[:, None]
