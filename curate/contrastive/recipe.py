"""What a contrastive model is made of and how it is trained, as parameters."""

from typing import Literal

from curate.stage.params import parameters


@parameters
class Network:
    """Two towers that meet in one space."""

    tower: str  # timm's name of a convolutional network
    size: int  # pixels of a picture's side
    embedding: int  # dimensions of the joint space
    width: int  # dimensions of a token; a multiple of 32, one attention head each
    layers: int  # of the text transformer
    context: int  # tokens of a caption at most, the two special ones included
    vocabulary: int  # tokens at most


@parameters
class Training:
    """How long and how fast; the same values give the same weights on the same kind of machine."""

    epochs: float  # passes over the groups, of each of which one picture is seen
    batch: int  # pictures at once
    rate: float  # highest learning rate of AdamW
    warm_up: float  # share of the steps in which the rate rises; it falls as a cosine after
    decay: float  # weight decay of AdamW
    words: float  # weight of single words beside the contrastive loss
    first_size: int  # pixels of a view's side before `last`
    last: float  # share of the steps, at the end, in which views have the network's size
    zoom: float  # share of a picture's area that a view shows at least, 0-1
    jitter: float  # largest change of brightness, contrast and saturation, as a share
    caption: int  # tokens of a caption in training at most, the two special ones included
    split: float  # chance that a caption's token is split into the two it was merged from, 0-1
    main_share: float  # of the captions that are in the main language, 0-1
    precision: Literal["auto", "fp32", "bf16"]  # auto: bf16 where the CPU computes in it
    seed: int  # of initial weights, order and views
