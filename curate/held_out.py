"""Evaluation sets in; their files' names, hashes and, of pictures, how they are compared, out.

A set is a folder of pictures, or a table (Parquet or CSV) of their hashes with a column `sha256`
(64 hexadecimal digits, of the file), `phash` (16, of `imagehash.phash`) or both, and `item`, what
each is called.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from curate import crops, evaluation, looks
from curate.dataset import pixels, record
from curate.dataset.errors import DataError, ImageError
from curate.dataset.read_once import read_once

_DIGITS = {"sha256": 64, "phash": 16}  # hexadecimal


class HeldOut(NamedTuple):
    """What all evaluation sets hold; of a hash that several have the first by name counts."""

    owners: list[tuple[str, str]]  # set and item
    exact: dict[str, int]  # name of an image -> place of its owner
    codes: np.ndarray  # (M,) uint64 hashes, all different
    of: np.ndarray  # (M,) their owners
    pictures: crops.Seen  # (n) where a set has pictures and not only hashes
    shown: np.ndarray  # (n,) their owners


@read_once(evaluation.files, keep=1)
def read(sets: tuple[tuple[str, str], ...]) -> HeldOut:
    """Read the evaluation sets.

    Args:
        sets: names and places, as `evaluation.registered` gives them.

    Raises:
        DataError: one is empty or cannot be read.
    """
    owners: list[tuple[str, str]] = []
    exact: dict[str, int] = {}
    codes: dict[int, int] = {}
    pictures: dict[int, np.ndarray] = {}
    for name, path in sets:
        where, first = f"evaluation set {name}, {path}", len(owners)
        file = Path(path)
        for item, sha256, code, small in (_folder if file.is_dir() else _table)(file, where):
            place = len(owners)
            owners.append((name, item))
            if sha256 is not None:
                exact.setdefault(record.image_named(sha256), place)
            if code is not None:
                codes.setdefault(code, place)
            if small is not None:
                pictures[place] = small
        if len(owners) == first:
            raise DataError(f"{where} is empty: it holds no picture and no hash")
    return HeldOut(
        owners,
        exact,
        np.array(list(codes), np.uint64),
        np.array(list(codes.values()), np.int64),
        crops.seen(list(pictures.values())),
        np.array(list(pictures), np.int64),
    )


_Item = tuple[str, str | None, int | None, np.ndarray | None]  # name, SHA-256, hash, small copy


def _folder(folder: Path, where: str) -> Iterator[_Item]:
    """Every picture below a folder.

    Raises:
        DataError: a file that is named like a picture is none.
    """
    for name, data in evaluation.pictures(folder):
        try:
            picture = pixels.decode(data)
        except ImageError as error:
            raise DataError(f"{where}: {name}: {error}") from error
        small = looks.small(picture)
        code = int.from_bytes(looks.hashed(small), "big")
        yield name, hashlib.sha256(data).hexdigest(), code, small


def _table(file: Path, where: str) -> Iterator[_Item]:
    """The rows of a table that have a hash.

    Raises:
        DataError: it cannot be read, has no column of hashes, or holds what is no hash.
    """
    table = evaluation.table(file, where, tuple(_DIGITS))
    columns = [
        _hashes(table, kind, digits, f"{where}, column {kind}") for kind, digits in _DIGITS.items()
    ]
    for name, sha256, phash in zip(evaluation.items(table), *columns, strict=True):
        if sha256 is not None or phash is not None:
            yield name, sha256, None if phash is None else int(phash, 16), None


def _hashes(table: pa.Table, kind: str, digits: int, where: str) -> list[str | None]:
    if kind not in table.column_names:
        return [None] * table.num_rows
    form = re.compile(f"[0-9a-fA-F]{{{digits}}}")
    found = table.column(kind).to_pylist()
    for value in found:
        if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
            raise DataError(f"{where}: {value!r} is not {digits} hexadecimal digits")
    return [None if value is None else value.lower() for value in found]
