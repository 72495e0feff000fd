"""A snapshot's manifest in; the encoded bytes of any of its pictures, read from the shards, out.

A picture is known by where its bytes lie (set, shard, offset, size), as the manifest has them: a
picture that was blurred is the blurred one. Each process reads through files of its own, see
`train/loader.py`.
"""

import os
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files
from curate.dataset.errors import DataError

COLUMNS = ("set", "shard", "offset", "size")  # of a manifest, that say where bytes lie


class Encoded:
    """Encoded pictures by number.

    Args:
        manifest: columns image and `COLUMNS`; each picture may be there more than once.
        names: images in the order of their numbers; all are in the manifest.
    """

    def __init__(self, manifest: pa.Table, names: pa.StringArray) -> None:
        first = pc.index_in(names, value_set=manifest.column("image").combine_chunks())
        rows = manifest.select(COLUMNS).take(first)
        self._names = names
        self._offset, self._size = (rows.column(c).to_numpy() for c in ("offset", "size"))
        paths = pc.binary_join_element_wise(rows.column("set"), rows.column("shard"), "/")
        coded = paths.combine_chunks().dictionary_encode()
        self._files: list[str] = coded.dictionary.to_pylist()
        self._file = coded.indices.to_numpy()
        self._opened = (os.getpid(), files.Pieces())

    def __len__(self) -> int:
        return len(self._names)

    def where(self, number: int) -> str:
        """Name of a picture and of its shard, for a message."""
        return f"picture {self._names[number]} in {self._files[self._file[number]]}"

    def order(self, numbers: np.ndarray) -> np.ndarray:
        """The order in which some pictures, `(B,)`, lie in their files."""
        return np.lexsort((self._offset[numbers], self._file[numbers]))

    def read(self, numbers: np.ndarray) -> Iterator[bytes]:
        """The bytes of some pictures, `(B,)`, in their order; quickest as they lie.

        Raises:
            DataError: a shard is missing or too short; names it.
        """
        if self._opened[0] != os.getpid():  # a file's position is shared by those who forked
            self._opened = (os.getpid(), files.Pieces())
        places = [
            files.Piece(self._files[self._file[n]], int(self._offset[n]), int(self._size[n]))
            for n in numbers
        ]
        stores = [place.file.partition("://")[0] if "://" in place.file else "" for place in places]
        cuts = [at for at in range(1, len(places)) if stores[at] != stores[at - 1]]
        for start, end in zip([0, *cuts], [*cuts, len(places)], strict=True):
            yield from self._of_one_store(numbers[start:end], places[start:end])

    def _of_one_store(self, numbers: np.ndarray, places: list[files.Piece]) -> Iterator[bytes]:
        try:
            for number, data in zip(numbers, self._opened[1].read(places), strict=True):
                if len(data) != self._size[number]:
                    end = self._offset[number] + self._size[number]
                    raise DataError(f"{self.where(number)}: the shard ends before byte {end}")
                yield data
        except OSError as error:
            shards = ", ".join(sorted({place.file for place in places}))
            raise DataError(
                f"pictures cannot be read ({error}) from {shards}; fetch the sets that the "
                "snapshot names (`dvc pull`), or freeze another snapshot"
            ) from error
