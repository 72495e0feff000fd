"""Files by path or URL: places in; whole files, and pieces of files by their bytes, out.

A place is a `pathlib.Path` or, on an object store (`s3://…`, `gs://…`, `az://…`), a `UPath` of
universal_pathlib, which has the same methods and works by fsspec. A file appears in its place whole
or not at all: its bytes are written to a local file first, which is then renamed, or put on the
store in one step. Servers that cannot do that (SFTP, WebDAV) are for mounting.
"""

import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, NamedTuple, Self

import fsspec
from upath import UPath

from curate.dataset.errors import SourceError

Place = Path | UPath

_STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")  # whose puts are atomic
_OPTIONS = {"use_listings_cache": False}  # others write there too
_OPEN = 200  # local files that are open at once
_READ = 1 << 20  # bytes of a file that are hashed at once
_AT_ONCE = 64_000_000  # bytes that are asked of a store at once


class Piece(NamedTuple):
    """Some bytes of a file."""

    file: str  # path or URL
    offset: int  # bytes
    size: int  # bytes


def place(text: str) -> Place:
    """What a path or a URL names; keys and other options are taken from the environment.

    Raises:
        SourceError: no such kind of store is known, what speaks to it is not installed or has no
            key, or the URL says more than a place.
    """
    protocol, separator, rest = text.partition("://")
    if not separator or protocol in ("file", "local"):
        return Path(rest if separator else text)
    if protocol not in _STORES:
        known = ", ".join(f"{name}://" for name in _STORES)
        raise SourceError(f"{text}: can be written to {known}; mount others and name a folder")
    try:
        found = UPath(text, protocol=protocol, **_OPTIONS)
        if more := found.storage_options.keys() - _OPTIONS.keys():
            raise ValueError(f"say {', '.join(sorted(more))} in the environment and name {found}")
        found.fs  # noqa: B018  imports what speaks to the store
    except (ImportError, ValueError) as error:
        raise SourceError(f"{text}: {error}") from error
    return found


def partial(path: Place) -> Path:
    """A local file for bytes until they are whole; no two calls give the same.

    It is beside its place, whose folder is made. For a place on a store it is in the machine's
    folder for temporary files (`TMPDIR`); what a killed process leaves there nobody clears away.
    """
    name = f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.partial"
    if not isinstance(path, Path):
        return Path(tempfile.gettempdir(), name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(name)


def settle(whole: Path, path: Place) -> None:
    """Give a local file its place, where it replaces what is there, in one step.

    Args:
        whole: as `partial` named it.
        path: its place.
    """
    if isinstance(path, Path):
        whole.replace(path)
        return
    try:
        path.fs.put_file(str(whole), path.path)
    finally:
        whole.unlink()


def sha256(path: Place) -> str:
    """Hash of a file's bytes, 64 hex digits."""
    with path.open("rb") as stream:
        found = hashlib.sha256()
        while data := stream.read(_READ):
            found.update(data)
    return found.hexdigest()


def native(path: Place) -> tuple[Any, Any]:
    """A place as pyarrow takes it: path and file system, which is None for a local one."""
    return (path, None) if isinstance(path, Path) else (path.path, path.fs)


class Pieces:
    """Reads pieces of files, for any number of threads; keeps local ones open until closed."""

    def __init__(self) -> None:
        self._files: dict[str, BinaryIO] = {}
        self._reading = Lock()  # a file has one position, whoever reads it

    def read(self, wanted: Sequence[Piece]) -> Iterator[bytes]:
        """The bytes of some pieces in their order, shorter where a file ends before.

        Args:
            wanted: all of local files, or all of one store, which is asked for many at once.

        Raises:
            OSError: a file cannot be read.
        """
        if wanted and "://" in wanted[0].file:
            yield from _of_store(wanted)
            return
        for piece in wanted:
            with self._reading:
                data = self._of_local(piece)
            yield data

    def _of_local(self, piece: Piece) -> bytes:
        if piece.file not in self._files:
            if len(self._files) == _OPEN:
                self._files.pop(next(iter(self._files))).close()
            self._files[piece.file] = Path(piece.file).open("rb")  # noqa: SIM115
        self._files[piece.file].seek(piece.offset)
        return self._files[piece.file].read(piece.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()


def _of_store(wanted: Sequence[Piece]) -> Iterator[bytes]:
    store, _ = fsspec.core.url_to_fs(wanted[0].file)
    for some in _cut(wanted):
        paths = [store._strip_protocol(piece.file) for piece in some]
        starts = [piece.offset for piece in some]
        ends = [piece.offset + piece.size for piece in some]
        try:
            yield from store.cat_ranges(paths, starts, ends, on_error="raise")
        except OSError:
            raise
        except Exception as error:  # each store's client has errors of its own
            raise OSError(f"{store.unstrip_protocol(paths[0])} or others: {error}") from error


def _cut(wanted: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Pieces in runs of a bounded number of bytes."""
    some: list[Piece] = []
    total = 0  # bytes
    for piece in wanted:
        if some and total + piece.size > _AT_ONCE:
            yield some
            some, total = [], 0
        some.append(piece)
        total += piece.size
    yield some
