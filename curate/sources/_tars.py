"""A tar to the files in it and where their bytes lie; nothing is unpacked.

Links, devices and sparse files are no files here. A tar that is cut off, has a header that is
none, or lacks its end mark says so, after all members that are whole.
"""

import io
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

from curate.dataset.errors import DataError
from curate.sources._paths import opened, shown

_LONGEST_HEADER = 1 << 20  # bytes of a long name or a PAX header
_END_MARK: type[Exception] = tarfile.EOFHeaderError  # type: ignore[attr-defined]
_NO_HEADER: type[Exception] = tarfile.EmptyHeaderError  # type: ignore[attr-defined]
_EMPTY = bytes(2 * tarfile.BLOCKSIZE)  # a tar of nothing
_GZIP = b"\x1f\x8b"


class Member(NamedTuple):
    """A whole regular file in a tar."""

    name: str
    offset: int  # bytes from the tar's start
    size: int  # bytes


class Broken(NamedTuple):
    """Something in a tar that cannot be used; a name of "" is the tar itself."""

    name: str
    why: str


class _Bounded:
    """A file that gives no more at a time than headers need, whatever a header asks for."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._file.read(size)


def members(tar: str) -> Iterator[Member | Broken]:
    """What a tar holds, in its order.

    Args:
        tar: path or URL of an uncompressed tar.
    """
    try:
        with opened(tar) as file:
            yield from _members(file)
    except (DataError, OSError) as error:
        yield Broken("", str(error))


def _members(file: BinaryIO) -> Iterator[Member | Broken]:
    if file.read(len(_GZIP)) == _GZIP:
        yield Broken("", "is compressed: gunzip it, since pictures are read by their place")
        return
    end = file.seek(0, 2)
    file.seek(0)
    tar = tarfile.TarFile(fileobj=io.BytesIO(_EMPTY), encoding="utf-8")
    tar.fileobj = cast(io.BytesIO, _Bounded(file))
    offset = tar.offset = 0
    while True:
        file.seek(offset)
        try:
            info = tarfile.TarInfo.fromtarfile(tar)
        except _END_MARK:
            return
        except _NO_HEADER:
            yield Broken("", f"ends at byte {offset} without an end mark: it may be cut off")
            return
        except (tarfile.TarError, ValueError, ArithmeticError, RecursionError) as error:
            where = f"is broken at byte {offset}" if offset else "is no tar"
            yield Broken("", f"{where}: {error}")
            return
        name = shown(info.name)
        if info.size < 0 or tar.offset <= offset:
            yield Broken("", f"is broken at byte {offset}: {name} has {info.size} bytes")
            return
        offset = tar.offset
        if info.isreg() and not info.issparse():
            if info.offset_data + info.size > end:
                yield Broken(name, f"is cut off: {info.size} bytes, of which some are missing")
                return
            yield Member(name, info.offset_data, info.size)
        elif not info.isdir():
            yield Broken(name, "is a link, a device or a sparse file, which are not read")
