"""A batch of examples in; in place of each, several readings of its picture or its pictures, out.

What is read of an example in several parts, its choices or its pictures, is read as so many pairs
of one batch, and an objective's head puts what was read together again.
"""

from torch import Tensor

from train.batch import Batch
from train.following import Second


def spread(batch: Batch, of: Tensor, tokens: Tensor, words: Tensor, second: Second | None) -> None:
    """Let each of some texts be read with its example's picture.

    Args:
        batch: is changed: its rows become N, its `keys`, `pairs` and `notes` stay those of the B
            examples.
        of: place of each text's example, `(N,)`.
        tokens: the texts, `(N, W)`.
        words: which of these are no padding, `(N, W)` bool.
        second: where second sentences begin in them, if some do.
    """
    batch.tokens, batch.words, batch.second = tokens, words, second
    for name in ("features", "boxes", "regions", "hidden", "labels", "matched", "maskable"):
        setattr(batch, name, getattr(batch, name)[of])
    if batch.pixels is not None:
        batch.pixels = batch.pixels[of]


def by_example(
    values: Tensor, of: Tensor, place: Tensor, shape: tuple[int, int], empty: float
) -> Tensor:
    """A value of each reading, put together again by example.

    Args:
        values: `(N,)`.
        of: place of each reading's example, `(N,)`.
        place: its own among the example's, `(N,)`.
        shape: number of examples, and of an example's readings at most, `(B, C)`.
        empty: where an example has fewer.

    Returns:
        `(B, C)`.
    """
    found = values.new_full(shape, empty)
    found[of, place] = values
    return found
