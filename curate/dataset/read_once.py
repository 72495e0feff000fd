"""Files that are read once in a process out of what would read them again at every call.

A worker lives longer than a stage: what it has read of a file, or of a folder of files, is good
until one of them is changed, comes or goes. That is seen by their paths, sizes and times of last
change, not by reading them (about 4 µs a file).
"""

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

from curate.dataset.memory import fingerprint

P = ParamSpec("P")
T = TypeVar("T")
Stamp = tuple[str, int, int]  # path, bytes, ns since the epoch


def read_once(
    places: Callable[P, Iterable[str | Path]], keep: int
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function keep what it returns until the files that it read are changed.

    Args:
        places: of the function's own arguments, which are hashable, the files and folders it reads.
        keep: results that are held, those asked for last.
    """

    def kept(function: Callable[P, T]) -> Callable[P, T]:
        def make(_: tuple[Stamp, ...], *args: P.args, **kwargs: P.kwargs) -> T:
            return function(*args, **kwargs)

        made: Callable[..., T] = functools.lru_cache(maxsize=keep)(make)

        @functools.wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> T:
            return made(stamps(places(*args, **kwargs)), *args, **kwargs)

        return asked

    return kept


def stamps(places: Iterable[str | Path]) -> tuple[Stamp, ...]:
    """What tells a change of the files at or below some places; nothing of what is not there."""
    return tuple(sorted(stamp for place in places for stamp in _below(Path(place))))


@read_once(lambda place: [place], keep=64)
def hashed(place: Path) -> str:
    """Hash of a file's bytes, or of all files below a folder."""
    return fingerprint(place)


def _below(place: Path) -> Iterator[Stamp]:
    if place.is_dir():
        yield from _within(str(place))
    elif place.is_file():
        told = place.stat()
        yield str(place), told.st_size, told.st_mtime_ns


def _within(folder: str) -> Iterator[Stamp]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _within(entry.path)
            elif entry.is_file():
                told = entry.stat()
                yield entry.path, told.st_size, told.st_mtime_ns
