"""What a model is, in words and numbers: the plan that one encoder carries out.

A file in `train/models/` turns its parameters into a `Plan`; the plan goes into the model's
`config.json` and is all that is needed, beside the weights, to build the model again.
"""

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from curate.dataset.errors import ParamsError

STREAMS = ("joint",)  # kinds of layers that `train/encoder.py` builds


@dataclass(frozen=True)
class Plan:
    """Layers, sizes, embeddings and tasks of one model.

    Attributes:
        streams: layers in words, such as `joint 12`: twelve over words and regions together.
        width: of hidden states.
        heads: of attention.
        inner: width of the feed-forward layers.
        text_tokens: longest caption, start and end token among them.
        regions: most regions of a picture, the whole-image region not among them.
        norm: layer norm after each sublayer (BERT) or before it.
        box: encoding of boxes, a name in `train.embeddings.BOXES`.
        whole_image: whether the mean of the visible regions is the first visual token.
        dropout: probability, of embeddings and of what sublayers give.
        attention_dropout: probability, of attention weights; without it attention is fused.
        objectives: pretraining tasks and their parameters.
    """

    streams: str
    width: int
    heads: int
    inner: int
    text_tokens: int
    regions: int
    norm: Literal["post", "pre"] = "post"
    box: str = "corners_area"
    whole_image: bool = True
    dropout: float = 0.1
    attention_dropout: float = 0.1
    objectives: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sizes:
    """What the data say about a model's size.

    Attributes:
        vocabulary: tokens the tokenizer knows.
        features: length of a region's feature.
        classes: number of region classes.
    """

    vocabulary: int
    features: int
    classes: int


def parse(streams: str) -> list[tuple[str, int]]:
    """`text 9 | vision 5 | cross 5` -> [("text", 9), ("vision", 5), ("cross", 5)].

    Raises:
        ParamsError: it is not of that form, or names a kind of layers that is not built.
    """
    found = [re.fullmatch(r"\s*([a-z]+)\s+(\d+)\s*", part) for part in streams.split("|")]
    if not all(found):
        raise ParamsError(f"layers {streams!r} are not of the form 'joint 12'")
    parsed = [(match[1], int(match[2])) for match in found if match]
    if unknown := sorted({kind for kind, _ in parsed} - set(STREAMS)):
        raise ParamsError(
            f"layers {streams!r}: no kind {', '.join(unknown)} (known: {', '.join(STREAMS)})"
        )
    return parsed


def to_dict(value: Plan | Sizes) -> dict[str, Any]:
    """A plan or sizes as JSON-like values."""
    return dataclasses.asdict(value)
