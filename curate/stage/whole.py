"""A folder's place in; a new folder that takes it as a whole, or leaves what is there, out.

Beside the folder lie, while somebody writes,

    .<name>.lock   who does; the operating system frees it when that process ends, however it ends
    .<name>.new    the folder in the making, at the same depth, so that relative links hold
    .<name>.old    the one before, between the two renames that exchange them

A process that is killed leaves the folder before in its place, or, between the two renames, in
`old`, from where the next one puts it back.
"""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from curate.dataset.errors import BusyError, StorageError

FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of disk space is used up",
    errno.EFBIG: "no file may become so large (ulimit -f)",
}
"""What the operating system says of a file that there is no room for, by number."""


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """An empty folder that takes the place of `out` when the block ends without an error.

    Raises:
        BusyError: another process is writing there; says which.
        StorageError: there is no room; `out` is as it was before.
    """
    if out.is_symlink():
        out = out.resolve()
    new, old = (out.with_name(f".{out.name}.{end}") for end in ("new", "old"))
    try:
        with _held(out):
            if old.is_dir() and not out.exists():
                old.rename(out)
            for left in (new, old):
                shutil.rmtree(left, ignore_errors=True)
            new.mkdir()
            try:
                yield new
                on_disk(new)
                if out.exists():
                    out.rename(old)
                new.rename(out)
            finally:
                if old.is_dir() and not out.exists():
                    old.rename(out)
                for left in (new, old):
                    shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        if error.errno not in FULL:
            raise
        free = shutil.disk_usage(out.parent).free
        kept = f"{out} is as it was before" if out.exists() else f"there is still no {out}"
        raise StorageError(
            f"{out} could not be written: {FULL[error.errno]} ({free:,} bytes are free again "
            f"at {out.parent}); {kept}. Make room (`dvc gc --workspace` takes old versions out of "
            "DVC's cache), then run this again"
        ) from error


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Have the sole right to write a folder."""
    file = out.with_name(f".{out.name}.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with file.open("a+b") as lock:
            _lock(lock, out)
            if not _is(file, lock):  # its owner ended and took it away after it was opened here
                continue
            try:
                yield
            finally:
                file.unlink(missing_ok=True)
            return


def _lock(lock: BinaryIO, out: Path) -> None:
    """Lock a file and write there who did."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().decode(errors="replace").strip() or "another process"
        raise BusyError(f"{owner} is writing {out}; let it end first") from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
    lock.flush()


def _is(file: Path, lock: BinaryIO) -> bool:
    """Whether an open file is still the one of its name."""
    try:
        return os.path.samestat(file.stat(), os.fstat(lock.fileno()))
    except FileNotFoundError:
        return False


def on_disk(folder: Path) -> None:
    """Have a folder's names, and all that is in it, on the disk: a machine may lose its power."""
    for file in [*folder.rglob("*"), folder]:
        sync(file)


def sync(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
