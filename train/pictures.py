"""A snapshot's manifest in; squares of pixels of any of its pictures, read from the shards, out.

Nothing that was read is held but what `holding` gives room for, so memory stays the same however
long an epoch is.
"""

import copy
from typing import Self

import numpy as np
import pyarrow as pa
import torch
from PIL import Image

from curate.dataset.errors import DataError, ImageError
from curate.dataset.small import small
from train.encoded import Encoded


class Pictures:
    """Pictures by number.

    Args:
        manifest: columns image and those of `train.encoded`; each picture may be there often.
        names: images in the order of their numbers; all are in the manifest.
        side: of the squares, in pixels.
    """

    def __init__(self, manifest: pa.Table, names: pa.StringArray, side: int) -> None:
        self._encoded, self._side = Encoded(manifest, names), side
        self._held: dict[int, torch.Tensor] = {}
        self._most = 0

    def holding(self, size: int) -> Self:
        """The same pictures, of which those first read stay in memory, up to so many bytes."""
        other = copy.copy(self)
        other._held, other._most = {}, size // (3 * self._side**2)
        return other

    def __len__(self) -> int:
        return len(self._encoded)

    def read(self, numbers: np.ndarray) -> torch.Tensor:
        """The pictures of some numbers, `(B,)`.

        Returns:
            `(B, 3, side, side)` float32, RGB in [0, 1]: whole and upright, transparency on white,
            squeezed to a square by bicubic means of areas.

        Raises:
            DataError: bytes are missing or are no picture; names the picture and its shard.
        """
        wanted, back = np.unique(numbers, return_inverse=True)
        squares = {n: self._held[n] for n in wanted.tolist() if n in self._held}
        lacking = np.array([n for n in wanted.tolist() if n not in squares], np.int64)
        lacking = lacking[self._encoded.order(lacking)]
        for number, data in zip(lacking.tolist(), self._encoded.read(lacking), strict=True):
            squares[number] = self._square(number, data)
            if len(self._held) < self._most:
                self._held[number] = squares[number]
        found = torch.stack([squares[n] for n in wanted.tolist()])
        return found[torch.from_numpy(back)].float() / 255

    def _square(self, number: int, data: bytes) -> torch.Tensor:
        """A picture as `(3, side, side)` uint8."""
        try:
            return square(data, self._side)
        except ImageError as error:
            raise DataError(f"{self._encoded.where(number)}: {error}") from error


def square(data: bytes, side: int) -> torch.Tensor:
    """An encoded picture, whole and upright, squeezed to a square, `(3, side, side)` uint8 RGB.

    Raises:
        ImageError: the bytes are no picture that can be read.
    """
    squeezed = Image.fromarray(small(data, side).grid).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    return torch.from_numpy(np.array(squeezed)).permute(2, 0, 1)
