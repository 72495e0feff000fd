"""What layers compute on their way, kept while a block runs: states, queries, keys, values."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from torch import Tensor, nn

from train.attention import Attention
from train.encoder import Layer


class Tap(NamedTuple):
    """What one layer of self-attention computed.

    Attributes:
        hidden: its states, `(B, L, D)`.
        there: which of them are there, `(B, L)` bool.
        attended: queries, keys and values of all heads, side by side, `(B, L, 3A)`.
    """

    hidden: Tensor
    there: Tensor
    attended: Tensor


Taps = Mapping[str, Tap]  # by the layer's name in the encoder, in the order in which they ran


@contextmanager
def tapped(encoder: nn.Module, wanted: bool) -> Iterator[Taps]:
    """What an encoder's layers of self-attention compute; nothing where it is not wanted."""
    found: dict[str, Tap] = {}
    attended: dict[str, Tensor] = {}
    hooks = []
    for name, layer in encoder.named_modules() if wanted else ():
        if not isinstance(layer, Layer) or not isinstance(layer.attention, Attention):
            continue

        def keep(_: Any, given: Any, hidden: Tensor, name: str = name) -> None:
            visible = given[1]
            there = visible if visible.dim() == 2 else visible.diagonal(dim1=1, dim2=2)
            found[name] = Tap(hidden, there, attended.pop(name))

        def look(_: Any, given: Any, packed: Tensor, name: str = name) -> None:  # noqa: ARG001
            attended[name] = packed

        hooks += [
            layer.register_forward_hook(keep),
            layer.attention.query_key_value.register_forward_hook(look),
        ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
