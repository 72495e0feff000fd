"""Shards: pictures, audio or clips into tars, and bytes back by (shard, offset, size).

A shard is a plain WebDataset tar of `<image>.<extension>` members, without times or owners,
so that the same pictures give the same bytes. Its name holds the hash of its members' names:
a shard is never rewritten, only replaced by one of another name. Shard borders are cut where
the content says so (after a name that ends in zeros), as in content-defined chunking
(Muthitacharoen et al., LBFS, 2001): one more picture changes one shard, not all that follow.
"""

import hashlib
import io
import itertools
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Self

import fsspec

from curate.dataset import files
from curate.dataset.errors import DataError

IMAGES = "images"  # folder of a set that holds its tars of pictures
AUDIO = "audio"  # folder of a set that holds its tars of audio
VIDEO = "video"  # folder of a set that holds its tars of clips
FOLDERS = {IMAGES: "image", AUDIO: "audio", VIDEO: "video"}  # -> column of the names in it


class Location(NamedTuple):
    """Where an image's bytes lie: shard path inside the set, byte offset, byte length."""

    shard: str
    offset: int
    size: int


def write(
    root: files.Place,
    prefix: str,
    members: Iterable[tuple[str, str, bytes]],
    per_shard: int,
    folder: str = IMAGES,
) -> dict[str, Location]:
    """Write images, audio or clips into content-cut shards.

    Args:
        root: folder of the set, local or on a store.
        prefix: start of every shard's name, e.g. the source.
        members: (name by content, extension without dot, encoded bytes), sorted by name, distinct.
        per_shard: mean number of members in a shard.
        folder: of the set, that takes the shards.

    Returns:
        name -> location.
    """
    found: dict[str, Location] = {}
    left = iter(members)
    for first in left:
        some = _until_cut(itertools.chain([first], left), per_shard)
        found |= write_one(root, prefix, some, folder)
    return found


def is_border(name: str, per_shard: int) -> bool:
    """Whether a shard ends after a member, whatever else there is.

    Args:
        name: of the member.
        per_shard: mean number of members in a shard.
    """
    return int(name[-8:], 16) % per_shard == 0


def write_one(
    root: files.Place, prefix: str, members: Iterable[tuple[str, str, bytes]], folder: str = IMAGES
) -> dict[str, Location]:
    """Write images, audio or clips into one shard, whatever their number; otherwise as `write`."""
    places: dict[str, tuple[int, int]] = {}
    partial = files.partial(root / folder / prefix)
    with tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, extension, data in members:
            info = tarfile.TarInfo(f"{name}.{extension}")
            info.size = len(data)
            places[name] = (tar.offset + tarfile.BLOCKSIZE, len(data))
            tar.addfile(info, io.BytesIO(data))
    digest = hashlib.sha256("".join(places).encode()).hexdigest()[:16]
    shard = f"{folder}/{prefix}-{digest}.tar"
    files.settle(partial, root / shard)
    return {name: Location(shard, *place) for name, place in places.items()}


def cuts(names: Sequence[str], per_shard: int) -> list[tuple[int, int]]:
    """Number of the first member and of the one after the last, of each shard of `write`.

    Args:
        names: of all members, as `write` takes them.
        per_shard: mean number of members in a shard.
    """
    found, start = [], 0
    for number, name in enumerate(names, 1):
        if _ends(name, number - start, per_shard) or number == len(names):
            found.append((start, number))
            start = number
    return found


def _until_cut(
    members: Iterable[tuple[str, str, bytes]], per_shard: int
) -> Iterator[tuple[str, str, bytes]]:
    for count, member in enumerate(members, 1):
        yield member
        if _ends(member[0], count, per_shard):
            return


def _ends(name: str, count: int, per_shard: int) -> bool:
    """Whether a shard ends after a member, its `count`-th."""
    return is_border(name, per_shard) or count >= 4 * per_shard


class ShardReader:
    """Reads images of one set; keeps its open shards until closed.

    Args:
        root: folder of the set, local or any fsspec URL.
    """

    def __init__(self, root: files.Place | str) -> None:
        self._root = str(root).rstrip("/")
        self._open: dict[str, fsspec.core.OpenFile] = {}

    def read(self, shard: str, offset: int, size: int) -> bytes:
        """Encoded bytes of one image.

        Raises:
            DataError: the shard is missing or shorter than offset + size.
        """
        if shard not in self._open:
            try:
                self._open[shard] = fsspec.open(f"{self._root}/{shard}", "rb").open()
            except FileNotFoundError as error:
                raise DataError(f"{self._root} has no shard {shard}") from error
        file = self._open[shard]
        file.seek(offset)
        data = bytes(file.read(size))
        if len(data) != size:
            raise DataError(f"{self._root}/{shard} ends before byte {offset + size}")
        return data

    def close(self) -> None:
        """Close every open shard."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
