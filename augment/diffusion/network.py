"""Sizes in; the parts of a small Stable Diffusion, and the whole of trained ones, out.

All parts are diffusers' own classes, so the folder that `assemble(...).save_pretrained` writes is
loaded by any tool that loads a Stable Diffusion.

The caption reaches every residual block through the time embedding (as in Saharia et al.,
"Photorealistic Text-to-Image Diffusion Models", NeurIPS 2022), which costs next to nothing, and
the innermost blocks by cross-attention to its tokens.
"""

from typing import Any

import torch

from augment.diffusion.recipe import Network

STEPS = 1000  # the time 0 to 1 as the network is told it
_GROUPS = 8  # of channels that are normalised together
_HEAD = 32  # channels of an attention head


def unet(network: Network, side: int, latents: int, width: int) -> Any:
    """The network that is trained.

    Args:
        network: its sizes.
        side: of a latent.
        latents: channels of a latent.
        width: of a token's features.
    """
    from diffusers import UNet2DConditionModel

    levels = len(network.widths)
    attends = [level >= levels - network.attend for level in range(levels)]
    down = tuple("CrossAttnDownBlock2D" if at else "DownBlock2D" for at in attends)
    up = tuple("CrossAttnUpBlock2D" if at else "UpBlock2D" for at in reversed(attends))
    model: Any = UNet2DConditionModel(
        sample_size=side,
        in_channels=latents,
        out_channels=latents,
        block_out_channels=network.widths,
        down_block_types=down,
        up_block_types=up,
        layers_per_block=network.layers,
        cross_attention_dim=width,
        # the name is diffusers' old mistake: it is the number of heads, not of their channels
        attention_head_dim=tuple(max(1, width // _HEAD) for width in network.widths),
        norm_num_groups=_GROUPS,
        addition_embed_type="text",
        addition_embed_type_num_heads=1,
        resnet_time_scale_shift="scale_shift",
    )
    return model.to(memory_format=torch.channels_last)


def scheduler(shift: float) -> Any:
    """A sampler of rectified flows (Liu et al., ICLR 2023; DPM-Solver++, Lu et al., 2022).

    Args:
        shift: how much of the steps is spent among noise, as in training.
    """
    from diffusers import DPMSolverMultistepScheduler

    return DPMSolverMultistepScheduler(
        num_train_timesteps=STEPS,
        prediction_type="flow_prediction",
        use_flow_sigmas=True,
        flow_shift=shift,
        solver_order=2,
        lower_order_final=True,
        steps_offset=1,  # of no account to a flow, but pipelines warn of any other
    )


def assemble(network: Any, codec: Any, encoder: Any, tokenize: Any, shift: float) -> Any:
    """The whole pipeline, without a safety checker: what it draws is as safe as what it saw."""
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=codec,
        text_encoder=encoder,
        tokenizer=tokenize,
        unet=network,
        scheduler=scheduler(shift),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
