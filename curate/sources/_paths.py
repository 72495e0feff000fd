"""What a source's `path` says to the files it means, and byte ranges out of them.

A path is a file, a folder (with all below it), or a pattern (`*`, `**`, `?`, `[0-9]`, and braces
as in `train-{0000..0127}.tar`); local, or a URL of any file system that fsspec knows.
"""

import glob
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Self, cast

import fsspec

from curate.dataset.errors import DataError, SourceError

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_MOST_FILES = 1_000_000  # that one pair of braces may stand for
_SHOWN = 6  # names that an error lists
_UNREADABLE = (OSError, ValueError, ImportError)  # what file systems answer with


def located(path: str, endings: Sequence[str]) -> list[str]:
    """Files that a path means, sorted, each once.

    Args:
        path: file, folder or pattern, relative to the project, or a URL.
        endings: what file names in folders end in, lower case, e.g. `.tar`; a file that is
            named itself may end in anything.

    Raises:
        SourceError: nothing is there; says what is.
    """
    found: set[str] = set()
    for pattern in _expanded(path):
        try:
            files = _remote(pattern, endings) if "://" in pattern else _local(pattern, endings)
        except _UNREADABLE as error:
            raise SourceError(f"{pattern} cannot be listed: {error}") from error
        if not files:
            raise SourceError(f"no {' or '.join(endings)} at {pattern}; {around(pattern)}")
        found.update(files)
    return sorted(found)


def shown(name: str) -> str:
    """A file's name fit for a table: bytes that are no UTF-8 are written as escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def around(path: str) -> str:
    """What there is where nothing was found, for messages: the nearest folder and what it holds."""
    if "://" in path:
        return "nothing is there, or nothing that this account may see"
    place = Path(path)
    while not place.is_dir():
        place = place.parent
    names = sorted(entry.name for entry in itertools.islice(os.scandir(place), 10_000))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    holds = ", ".join(map(shown, names[:_SHOWN])) + more or "nothing"
    return f"{shown(place.as_posix())} holds {holds}"


def opened(url: str) -> BinaryIO:
    """A local file or a URL, opened for reading and seeking.

    Raises:
        DataError: it cannot be opened.
    """
    try:
        return cast(BinaryIO, fsspec.open(url, "rb").open())
    except _UNREADABLE as error:
        raise DataError(f"{shown(url)} cannot be opened: {error}") from error


def version(file: str) -> str:
    """What changes when a file changes: size and time of a local one, a remote one's own mark."""
    try:
        if "://" not in file:
            state = Path(file).stat()
            return f"{state.st_size}-{state.st_mtime_ns}"
        system, inside = fsspec.core.url_to_fs(file)
        return str(system.ukey(inside))
    except _UNREADABLE:
        return ""


class Ranges:
    """Reads byte ranges of files; the last file stays open until another is asked for.

    Args:
        places: name of a file -> where it is to be read, if not under its name.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._url = ""
        self._file: BinaryIO | None = None

    def read(self, url: str, offset: int, size: int) -> bytes:
        """Some bytes of a file.

        Raises:
            DataError: the file cannot be read, or is shorter than offset + size.
        """
        if self._file is None or url != self._url:
            self.close()
            self._url, self._file = url, opened(self._places.get(url, url))
        try:
            self._file.seek(offset)
            data = bytes(self._file.read(size))
        except _UNREADABLE as error:
            raise DataError(f"{shown(url)} cannot be read: {error}") from error
        if len(data) != size:
            raise DataError(f"{shown(url)} ends before byte {offset + size}")
        return data

    def close(self) -> None:
        """Close the file that is open."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _local(pattern: str, endings: Sequence[str]) -> list[str]:
    if Path(pattern).is_file():
        return [pattern]
    if not Path(pattern).is_dir():
        names = glob.glob(pattern, recursive=True) if glob.has_magic(pattern) else []  # noqa: PTH207
        return [name for name in names if Path(name).is_file()]
    return [
        Path(folder, name).as_posix()
        for folder, _, names in os.walk(pattern)
        for name in names
        if name.lower().endswith(tuple(endings)) and Path(folder, name).is_file()
    ]


def _remote(pattern: str, endings: Sequence[str]) -> list[str]:
    system, inside = fsspec.core.url_to_fs(pattern)
    if glob.has_magic(inside):
        names = system.glob(inside)
    elif system.isfile(inside):
        names = [inside]
    else:
        names = [n for n in system.find(inside) if n.lower().endswith(tuple(endings))]
    return [str(system.unstrip_protocol(name)) for name in names]


def _expanded(path: str) -> Iterator[str]:
    """The paths that braces stand for: `{0..9}` keeps leading zeros, `{a,b}` lists."""
    braces = _BRACES.search(path)
    if braces is None:
        yield path
        return
    if numbers := _RANGE.fullmatch(braces[1]):
        first, last = int(numbers[1]), int(numbers[2])
        if not 0 <= last - first < _MOST_FILES:
            raise SourceError(f"{path}: {braces[0]} is no range of 1 to {_MOST_FILES} files")
        inner = [f"{number:0{len(numbers[1])}}" for number in range(first, last + 1)]
    elif "," in braces[1]:
        inner = braces[1].split(",")
    else:  # braces of another meaning, in a name
        yield path
        return
    for part in inner:
        yield from _expanded(path[: braces.start()] + part + path[braces.end() :])
