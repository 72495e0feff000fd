"""Bytes in; a file of them, for readers that take a path, out."""

import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-"))
"""Of this process; whoever started it removes it."""


def file(name: str, data: bytes) -> Path:
    """A file with some content, in the place of an earlier one of its name."""
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def folder(name: str) -> Path:
    """A folder for what a reader keeps beside what it reads."""
    path = FOLDER / name
    path.mkdir(parents=True, exist_ok=True)
    return path
