"""Latents and captions in; the task of a rectified flow from noise to pictures, told by text, out.

Liu et al., "Flow Straight and Fast", ICLR 2023: the network learns the direction from a picture to
noise at every point of the straight way between them. Some pictures are shown without a caption,
for classifier-free guidance (Ho and Salimans, 2022).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from augment.diffusion.examples import Examples
from augment.diffusion.network import STEPS
from augment.diffusion.recipe import Telling, Training
from augment.made import seed
from curate.stage import machine


class Flow:
    """The task of the diffusion model (`loop.Task`).

    Args:
        latents: `(N, C, s, s)`, in the order of the examples.
        examples: the captions.
        encoder: of `conditioning.text_encoder`; is moved to where the model trains.
        telling: what is told.
        training: whose seed the draws follow from.
    """

    def __init__(
        self,
        latents: Tensor,
        examples: Examples,
        encoder: Any,
        telling: Telling,
        training: Training,
    ) -> None:
        self._latents = latents
        self._examples = examples
        self._encoder = encoder.to(machine.device())
        self._telling = telling
        self._seed = training.seed

    def batch(self, step: int, count: int) -> tuple[Tensor, ...]:
        """Latents, noise, times from 0 (picture) to 1 (noise), and tokens of captions."""
        telling = self._telling
        drawn = np.random.default_rng(seed("told", self._seed, step))
        rows, tokens = self._examples.draw(count, telling.main_share, telling.untold, drawn)
        draw = torch.Generator().manual_seed(seed("noise", self._seed, step))
        latents = self._latents[rows]
        noise = torch.randn(latents.shape, generator=draw)
        even = torch.rand(count, generator=draw)
        return latents, noise, telling.shift * even / (1 + (telling.shift - 1) * even), tokens

    def loss(self, model: Any, *part: Tensor) -> Tensor:
        """Mean square error of the direction."""
        latents, noise, times, tokens = part
        with torch.no_grad():
            told = self._encoder(tokens)[0]
        at = times[:, None, None, None]
        seen = ((1 - at) * latents + at * noise).contiguous(memory_format=torch.channels_last)
        found = model(seen, times * STEPS, told).sample
        return functional.mse_loss(found.float(), noise - latents)
