"""Pictures in; an AutoencoderTiny of diffusers that squeezes them into a few numbers and back, out.

The diffusion model then has a sixteenth of the places to fill (Rombach et al., "High-Resolution
Image Synthesis with Latent Diffusion Models", CVPR 2022), and edges are the decoder's business.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from augment.diffusion.recipe import Codec, Training
from augment.made import seed

_NOISE = 0.1  # laid on latents in training, so that what is nearly one is decoded, too
_ABSOLUTE, _SIZE = 0.1, 1e-3  # weights of the absolute error, and of the latents' square
_AT_ONCE = 64  # pictures that are encoded at a time


def build(codec: Codec) -> Any:
    """An untrained autoencoder."""
    from diffusers import AutoencoderTiny

    levels = codec.halvings + 1
    model: Any = AutoencoderTiny(
        encoder_block_out_channels=(codec.width,) * levels,
        decoder_block_out_channels=(codec.width,) * levels,
        num_encoder_blocks=(1,) * levels,
        num_decoder_blocks=(1,) * levels,
        latent_channels=codec.latents,
    )
    return model.to(memory_format=torch.channels_last)


class Squeezing:
    """The task of an autoencoder (`loop.Task`).

    Args:
        pictures: `(N, S, S, 3)` uint8.
        training: whose seed the draws follow from.
    """

    def __init__(self, pictures: np.ndarray, training: Training) -> None:
        self._pictures = pictures
        self._seed = training.seed

    def batch(self, step: int, count: int) -> tuple[Tensor, Tensor]:
        """Numbers of some pictures, and seeds of the noise on their latents."""
        draw = np.random.default_rng(seed("squeeze", self._seed, step))
        rows = draw.integers(len(self._pictures), size=count)
        return torch.from_numpy(rows), torch.from_numpy(draw.integers(2**31, size=count))

    def loss(self, model: Any, *part: Tensor) -> Tensor:
        """How far the pictures are from what they were, in values from -1 to 1."""
        rows, seeds = part
        wanted = pixels(self._pictures[rows.cpu().numpy()]).to(rows.device)
        latents = model.encoder(wanted).float()
        draw = torch.Generator().manual_seed(int(seeds[0]))
        noise = torch.randn(latents.shape, generator=draw).to(latents)
        found = model.decoder(latents + _NOISE * noise).float()
        error = functional.mse_loss(found, wanted)
        return (
            error + _ABSOLUTE * functional.l1_loss(found, wanted) + _SIZE * latents.square().mean()
        )


def encode(model: Any, pictures: np.ndarray) -> Tensor:
    """Latents `(N, C, s, s)` of pictures, scaled to a standard deviation of 1.

    The scale becomes the model's `scaling_factor`, as pipelines apply it.
    """
    with torch.inference_mode():
        parts = [
            model.encoder(pixels(pictures[start : start + _AT_ONCE]))
            for start in range(0, len(pictures), _AT_ONCE)
        ]
    latents = torch.cat(parts).contiguous()
    scale = 1 / latents.std().item()
    model.register_to_config(scaling_factor=scale)
    return latents * scale


def error(model: Any, pictures: np.ndarray, latents: Tensor) -> float:
    """Peak signal-to-noise ratio of decoded latents (dB)."""
    with torch.inference_mode():
        found = model.decoder(latents / model.config.scaling_factor).clamp(-1, 1)
    return float(10 * torch.log10(4 / functional.mse_loss(found, pixels(pictures))))


def pixels(pictures: np.ndarray) -> Tensor:
    """`(N, S, S, 3)` uint8 as `(N, 3, S, S)` from -1 to 1."""
    whole = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    return whole.contiguous(memory_format=torch.channels_last)
