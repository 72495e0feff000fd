"""Sequences with gaps in, the same without most of them out, and back again.

What is there of each sequence moves to its front, in its order, and what all have as gap is cut
off: layers that know no places (they are in the embeddings) give the same states for less work.
"""

import torch
from torch import Tensor


def packed(x: Tensor, visible: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Move what is there to the front.

    Args:
        x: `(B, L, D)`.
        visible: what is there, `(B, L)` bool; or what each sees, `(B, L, L)`, and what is there
            sees itself.

    Returns:
        `(B, K, D)`, K being the longest of the sequences; what is there, or seen, of it, `(B, K)`
        or `(B, K, K)`; and the place that each had, `(B, K)`, None where nothing moved.
    """
    # a length that data decide would break a compiled graph
    if len(x) == 0 or torch.compiler.is_compiling():
        return x, visible, None
    there = visible if visible.dim() == 2 else visible.diagonal(dim1=1, dim2=2)
    longest = int(there.sum(1).max())
    if longest == there.shape[1]:
        return x, visible, None
    places = (~there).int().argsort(dim=1, stable=True)[:, :longest]
    if visible.dim() == 3:
        rows = visible.gather(1, _wide(places, visible))
        seen = rows.gather(2, places[:, None, :].expand(-1, longest, -1))
    else:
        seen = visible.gather(1, places)
    return x.gather(1, _wide(places, x)), seen, places


def unpacked(x: Tensor, places: Tensor | None, length: int) -> Tensor:
    """Move all back to where it was, zeros into what was cut off: `(B, K, D)` to `(B, L, D)`."""
    if places is None:
        return x
    return x.new_zeros(len(x), length, x.shape[2]).scatter(1, _wide(places, x), x)


def _wide(places: Tensor, x: Tensor) -> Tensor:
    return places[..., None].expand(-1, -1, x.shape[2])
