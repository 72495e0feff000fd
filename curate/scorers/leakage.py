"""Pictures in; whether an evaluation set holds the same one, or one that looks like it, out.

An evaluation set is a folder of pictures, or a table (Parquet or CSV) of their hashes with a
column `sha256` (64 hexadecimal digits, of the file), `phash` (16, of `imagehash.phash`) or both.
Perceptual hashes find copies that were resized, encoded again or cropped by a few pixels; they do
not find flipped or turned copies, nor a picture that is a part of another.
"""

import functools
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from curate import hamming
from curate.dataset import pixels, record
from curate.dataset.errors import DataError, ImageError
from curate.dataset.memory import fingerprint as fingerprint_of
from curate.dataset.pictures import decoded
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("exact", pa.bool_()),  # an evaluation set holds the same bytes
        pa.field("near", pa.bool_()),  # one holds a picture within `distance`; null: no picture
        pa.field("of", pa.string()),  # the evaluation set; the nearest one, else the first by name
    ]
)
_DIGITS = {"sha256": 64, "phash": 16}  # hexadecimal
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
_EXACT = -1  # bits between a picture and itself: nearer than one that only looks the same


@parameters
class Params:
    """Which evaluation sets, and how near a picture may come to theirs."""

    sets: dict[str, str]  # name -> folder of pictures, or .parquet or .csv of hashes
    distance: int = 6  # bits of 64 within which perceptual hashes are the same


class _Known(NamedTuple):
    """Hashes of all evaluation sets; of a hash in several the first set by name counts."""

    names: list[str]  # of the sets, sorted
    exact: dict[str, int]  # name of an image -> place of its set
    looks: np.ndarray  # (M,) uint64, all different
    owners: np.ndarray  # (M,) place of the set of each


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Whether each picture leaks; `near` is null where the bytes are no picture."""
    known = _known(tuple(sorted(params.sets.items())))
    images, hashes = [], []
    for image, picture in decoded(rows):
        images.append(image)
        hashes.append(None if picture is None else int(str(imagehash.phash(picture)), 16))
    seen = np.array([row for row, code in enumerate(hashes) if code is not None], np.int64)
    codes = np.array([code for code in hashes if code is not None], np.uint64)
    best: dict[int, tuple[int, int]] = {}  # row -> bits, place of the set
    for a, b in hamming.near(codes, known.looks, params.distance):
        bits = np.bitwise_count(codes[a] ^ known.looks[b])
        for row, found in zip(seen[a], zip(bits, known.owners[b], strict=True), strict=True):
            best[row] = min(best.get(row, found), found)
    near = [None if code is None else row in best for row, code in enumerate(hashes)]
    for row, image in enumerate(images):
        if image in known.exact:
            best[row] = (_EXACT, known.exact[image])
    return pa.table(
        {
            "image": images,
            "exact": [image in known.exact for image in images],
            "near": near,
            "of": [known.names[best[row][1]] if row in best else None for row in range(len(near))],
        },
        schema=SCHEMA,
    )


def fingerprint(params: Params) -> str:
    """Of the evaluation sets' hashes."""
    known = _known(tuple(sorted(params.sets.items())))
    exact = [f"{image} {place}" for image, place in sorted(known.exact.items())]
    return fingerprint_of(known.names, exact, known.looks.tobytes(), known.owners.tobytes())


@functools.lru_cache(maxsize=1)
def _known(sets: tuple[tuple[str, str], ...]) -> _Known:
    """Read the evaluation sets, once in a process.

    Raises:
        DataError: there is none, or one is missing, empty or cannot be read.
    """
    if not sets:
        raise DataError("score.leakage.sets names no evaluation set; give name: folder or table")
    exact: dict[str, int] = {}
    looks: dict[int, int] = {}
    for place, (name, path) in enumerate(sets):
        where = f"evaluation set {name}, {path}"
        file = Path(path)
        if not file.exists():
            raise DataError(f"{where}: no such folder or table (score.leakage.sets.{name})")
        sha256s, phashes = _folder(file, where) if file.is_dir() else _table(file, where)
        if not sha256s and not phashes:
            raise DataError(f"{where} is empty: it holds no picture and no hash")
        for sha256 in sha256s:
            exact.setdefault(record.image_named(sha256), place)
        for code in phashes:
            looks.setdefault(code, place)
    return _Known(
        [name for name, _ in sets],
        exact,
        np.array(list(looks), np.uint64),
        np.array(list(looks.values()), np.int64),
    )


def _folder(folder: Path, where: str) -> tuple[list[str], list[int]]:
    """Both hashes of every picture below a folder.

    Raises:
        DataError: a file that is named like a picture is none.
    """
    sha256s, phashes = [], []
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() not in _PICTURES or not file.is_file():
            continue
        data = file.read_bytes()
        try:
            phashes.append(int(str(imagehash.phash(pixels.decode(data))), 16))
        except ImageError as error:
            raise DataError(f"{where}: {file.relative_to(folder)}: {error}") from error
        sha256s.append(hashlib.sha256(data).hexdigest())
    return sha256s, phashes


def _table(file: Path, where: str) -> tuple[list[str], list[int]]:
    """The hashes of a table.

    Raises:
        DataError: it cannot be read, has no column of hashes, or holds what is no hash.
    """
    try:
        if file.suffix.lower() == ".csv":
            text = {name: pa.string() for name in _DIGITS}
            options = pyarrow.csv.ConvertOptions(column_types=text, strings_can_be_null=True)
            table = pyarrow.csv.read_csv(file, convert_options=options)
        else:
            table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{where} cannot be read as .parquet or .csv: {error}") from error
    if not set(_DIGITS) & set(table.column_names):
        found = ", ".join(table.column_names)
        raise DataError(f"{where} has no column sha256 or phash; it has {found}")
    columns = [
        _hashes(table.column(kind), digits, f"{where}, column {kind}")
        if kind in table.column_names
        else []
        for kind, digits in _DIGITS.items()
    ]
    return columns[0], [int(code, 16) for code in columns[1]]


def _hashes(values: pa.ChunkedArray, digits: int, where: str) -> list[str]:
    form = re.compile(f"[0-9a-fA-F]{{{digits}}}")
    found = [value for value in values.to_pylist() if value is not None]
    for value in found:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise DataError(f"{where}: {value!r} is not {digits} hexadecimal digits")
    return [value.lower() for value in found]
