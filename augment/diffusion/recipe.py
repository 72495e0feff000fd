"""What params.yaml says of the small diffusion model: its sizes, its training, its examination."""

from typing import Annotated, Literal

from pydantic import Field

from augment.made import Count, Share
from curate.stage.params import parameters

Positive = Annotated[float, Field(gt=0)]


@parameters
class Codec:
    """What the autoencoder is made of."""

    width: Annotated[int, Field(ge=8)] = 32  # channels of every layer
    halvings: Count = 2  # of the sides
    latents: Count = 12  # channels of a latent


@parameters
class Network:
    """What the model is made of."""

    widths: tuple[Annotated[int, Field(ge=8, multiple_of=8)], ...] = (96, 192)  # of each level
    layers: Annotated[int, Field(ge=1)] = 1  # residual blocks of a level
    attend: Annotated[int, Field(ge=0)] = 0  # innermost levels that look at the caption's tokens
    tokens: Annotated[int, Field(ge=3)] = 16  # of a caption that are looked at


@parameters
class Training:
    """How long and how fast."""

    steps: Count
    rate: Positive
    batch: Count = 32  # pictures in a step
    parts: Count = 2  # of a batch, each on a core of its own
    warm_up: Share = 0.04  # of the steps, in which the rate rises
    decay: Share = 0.5  # of the steps at the end, in which it falls to 0
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    average: Annotated[float, Field(ge=0, lt=1)] = 0.995  # of the mean weights that a step keeps
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    checkpoint: Annotated[int, Field(ge=0)] = 250  # steps; 0: none
    log: Count = 50  # steps
    seed: int = 0


@parameters
class Telling:
    """What is told of the pictures, and how much noise they are shown in."""

    untold: Share = 0.1  # of the pictures that are shown without a caption
    main_share: Share = 0.7  # of the captions, in the main language
    shift: Annotated[float, Field(ge=1)] = 2.0  # above 1 more is learnt of what is nearly noise


@parameters
class Shown:
    """How a trained model is examined."""

    captions: Count = 100
    steps: Count = 10
    guidance: Annotated[float, Field(ge=0)] = 3.0
