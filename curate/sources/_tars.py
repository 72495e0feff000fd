"""A tar to the files in it and where their bytes lie, in it or in a copy without compression.

Links, devices and sparse files are no files here. A tar that is cut off, has a header that is
none, or lacks its end mark says so, after all members that are whole.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import pyarrow as pa

from curate.dataset.errors import DataError
from curate.sources._paths import opened, shown, version

_LONGEST_HEADER = 1 << 20  # bytes of a long name or a PAX header
_END_MARK: type[Exception] = tarfile.EOFHeaderError  # type: ignore[attr-defined]
_NO_HEADER: type[Exception] = tarfile.EmptyHeaderError  # type: ignore[attr-defined]
_EMPTY = bytes(2 * tarfile.BLOCKSIZE)  # a tar of nothing
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}  # by first bytes
_PIECE = 1 << 20  # bytes unpacked at a time
_MOST_TIMES = 100  # its own size that a compressed tar may unpack to; pictures hardly shrink
_ANYWAY = 1 << 26  # bytes that any may
ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.zst")


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


def in_place(tar: str, spool: Path) -> str:
    """Where a tar's members can be read by their place: itself, or a copy of a compressed one.

    What is unpacked of a damaged one is kept: the tar then ends early.

    Args:
        tar: path or URL.
        spool: folder for the copy, which is there again when the work starts anew.

    Raises:
        DataError: it cannot be opened, or unpacks to far more than it is.
    """
    state = hashlib.sha256(f"{tar} {version(tar)}".encode("utf-8", "surrogateescape")).hexdigest()
    copy = spool / f"{state[:32]}.tar"
    with opened(tar) as file:
        start = file.read(max(map(len, _COMPRESSED)))
        codec = next((c for mark, c in _COMPRESSED.items() if start.startswith(mark)), None)
        if codec is None:
            return tar
        if not copy.exists():
            most = _MOST_TIMES * file.seek(0, 2) + _ANYWAY
            file.seek(0)
            partial = copy.with_suffix(".partial")
            _unpack(file, codec, partial, most)
            partial.rename(copy)
    return copy.as_posix()


def _unpack(file: BinaryIO, codec: str, target: Path, most: int) -> None:
    left, piece = most, bytearray(_PIECE)  # `read` loses what it took for a piece that is damaged
    with target.open("wb") as unpacked, pa.CompressedInputStream(file, codec) as stream:
        while True:
            try:
                size = stream.readinto(piece)
            except OSError:  # damaged from here on
                return
            if not size:
                return
            if (left := left - size) < 0:
                target.unlink()
                raise DataError(f"unpacks to more than {most} bytes, {_MOST_TIMES} times its size")
            unpacked.write(memoryview(piece)[:size])


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
