"""A snapshot's manifest in; squares of pixels of any of its pictures, read from the shards, out.

A picture is known by where its bytes lie (set, shard, offset, size), as the manifest has them: a
picture that was blurred is the blurred one. Nothing that was read is held but what `holding` gives
room for, so memory stays the same however long an epoch is. Each process reads through files of
its own, see `train/loader.py`.
"""

import copy
import os
from collections.abc import Iterable
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from PIL import Image

from curate.dataset import files
from curate.dataset.errors import DataError, ImageError
from curate.dataset.small import small

COLUMNS = ("set", "shard", "offset", "size")  # of a manifest, that say where bytes lie


class Pictures:
    """Pictures by number.

    Args:
        manifest: columns image and `COLUMNS`; each picture may be there more than once.
        names: images in the order of their numbers; all are in the manifest.
        side: of the squares, in pixels.
    """

    def __init__(self, manifest: pa.Table, names: pa.StringArray, side: int) -> None:
        first = pc.index_in(names, value_set=manifest.column("image").combine_chunks())
        rows = manifest.select(COLUMNS).take(first)
        self._names, self._side = names, side
        self._offset, self._size = (rows.column(c).to_numpy() for c in ("offset", "size"))
        paths = pc.binary_join_element_wise(rows.column("set"), rows.column("shard"), "/")
        coded = paths.combine_chunks().dictionary_encode()
        self._files: list[str] = coded.dictionary.to_pylist()
        self._file = coded.indices.to_numpy()
        self._opened = (os.getpid(), files.Pieces())
        self._held: dict[int, torch.Tensor] = {}
        self._most = 0

    def holding(self, size: int) -> Self:
        """The same pictures, of which those first read stay in memory, up to so many bytes."""
        other = copy.copy(self)
        other._held, other._most = {}, size // (3 * self._side**2)
        return other

    def __len__(self) -> int:
        return len(self._names)

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
        order = np.lexsort((self._offset[lacking], self._file[lacking]))  # as the bytes lie
        for number, data in zip(lacking[order].tolist(), self._bytes(lacking[order]), strict=True):
            squares[number] = self._square(number, data)
            if len(self._held) < self._most:
                self._held[number] = squares[number]
        found = torch.stack([squares[n] for n in wanted.tolist()])
        return found[torch.from_numpy(back)].float() / 255

    def _bytes(self, numbers: np.ndarray) -> Iterable[bytes]:
        """Encoded bytes of some pictures that are sorted by file."""
        if self._opened[0] != os.getpid():  # a file's position is shared by those who forked
            self._opened = (os.getpid(), files.Pieces())
        places = [
            files.Piece(self._files[self._file[n]], int(self._offset[n]), int(self._size[n]))
            for n in numbers
        ]
        stores = [place.file.partition("://")[0] if "://" in place.file else "" for place in places]
        cuts = [at for at in range(1, len(places)) if stores[at] != stores[at - 1]]
        for start, end in zip([0, *cuts], [*cuts, len(places)], strict=True):
            try:
                yield from self._opened[1].read(places[start:end])
            except OSError as error:
                shards = ", ".join(sorted({place.file for place in places[start:end]}))
                raise DataError(
                    f"pictures cannot be read ({error}) from {shards}; fetch the sets that the "
                    "snapshot names (`dvc pull`), or freeze another snapshot"
                ) from error

    def _square(self, number: int, data: bytes) -> torch.Tensor:
        """A picture as `(3, side, side)` uint8."""
        where = f"picture {self._names[number]} in {self._files[self._file[number]]}"
        if len(data) != self._size[number]:
            end = self._offset[number] + self._size[number]
            raise DataError(f"{where}: the shard ends before byte {end}")
        try:
            grid = small(data, self._side).grid
        except ImageError as error:
            raise DataError(f"{where}: {error}") from error
        square = Image.fromarray(grid).resize((self._side, self._side), Image.Resampling.BICUBIC)
        return torch.from_numpy(np.array(square)).permute(2, 0, 1)
