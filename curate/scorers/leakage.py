"""Pictures in; whether an evaluation set holds the same one, or one that looks like it, out.

An evaluation set is a folder of pictures, or a table (Parquet or CSV) of their hashes with a
column `sha256` (64 hexadecimal digits, of the file), `phash` (16, of `imagehash.phash`) or both,
and `item`, what each is called. Perceptual hashes find copies that were resized, encoded again,
mirrored, or cropped as pipelines crop (see `curate.looks`; of a table of hashes no crops are known,
as they need the pictures). Crops are looked for one way: a picture of the pool may be a crop of one
that is held out; that the other is a crop of it is hardly seen (1 of 16 that lost 5% of each side).
For that, for other crops, and for pictures of the same thing, there is `leakage_semantic`; for
captions, `leakage_caption`.

Hashes see no colour and little of flat drawings, and what stands alike on a plain ground is near
without being a copy. Of 450 emoji, stamps and drawings of the demo 5% were near one of 50 others,
8% a crop of one, variants of one drawing included. Such pools want a smaller `distance`, or a rule
without `cropped`.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from curate import evaluation, hamming, looks
from curate.dataset import pixels, record
from curate.dataset.errors import DataError, ImageError
from curate.dataset.memory import fingerprint as fingerprint_of
from curate.dataset.pictures import decoded
from curate.dataset.read_once import read_once
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("exact", pa.bool_()),  # an evaluation set holds the same bytes
        pa.field("near", pa.bool_()),  # one holds a picture within `distance`; null: no picture
        pa.field("mirrored", pa.bool_()),  # or its mirror image, whole or cropped
        pa.field("cropped", pa.bool_()),  # or one that it is a usual crop of
        *evaluation.HIT,
    ]
)
WAYS = ("near", "mirrored", "cropped")  # by hash; of hits as near as each other the first counts
_WHERE = "score.leakage.sets"
_DIGITS = {"sha256": 64, "phash": 16}  # hexadecimal


@parameters
class Params:
    """Which evaluation sets, and how near a picture may come to theirs."""

    sets: evaluation.Sets  # the register
    distance: hamming.Distance = 6  # bits of 64 within which perceptual hashes are the same


class _Known(NamedTuple):
    """Hashes of all evaluation sets; of a hash that several have the first by name counts."""

    owners: list[tuple[str, str]]  # set and item
    exact: dict[str, int]  # name of an image -> place of its owner
    whole: tuple[np.ndarray, np.ndarray]  # (M,) uint64, all different, and (M,) their owners
    crops: tuple[np.ndarray, np.ndarray]  # the same of usual crops


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Whether each picture leaks; all but `exact` is null where the bytes are no picture."""
    known = _known(evaluation.registered(params.sets, "path", _WHERE))
    images, hashes = [], []
    for image, picture in decoded(rows):
        images.append(image)
        hashes.append(None if picture is None else looks.codes(picture))
    seen = np.array([row for row, codes in enumerate(hashes) if codes is not None], np.int64)
    plain, mirror = np.array([c for c in hashes if c is not None], np.uint64).reshape(-1, 2).T
    found: dict[str, set[int]] = {way: set() for way in WAYS}
    best: dict[int, tuple[int, int, int]] = {}  # row -> bits, place in WAYS, place of the owner
    asked = [(plain, known.whole, ["near"]), (mirror, known.whole, ["mirrored"])]
    asked += [(plain, known.crops, ["cropped"]), (mirror, known.crops, ["cropped", "mirrored"])]
    for codes, (theirs, owners), ways in asked:
        rank = WAYS.index(ways[0])
        for a, b in hamming.near(np.ascontiguousarray(codes), theirs, params.distance):
            bits = np.bitwise_count(codes[a] ^ theirs[b])
            for row, bit, owner in zip(seen[a], bits, owners[b], strict=True):
                hit = (int(bit), rank, int(owner))
                best[int(row)] = min(best.get(int(row), hit), hit)
            for way in ways:
                found[way].update(seen[a].tolist())
    hits: list[evaluation.Hit | None] = []
    for row, image in enumerate(images):
        if image in known.exact:
            hits.append((*known.owners[known.exact[image]], "exact", 0.0))
        elif row in best:
            bits, rank, owner = best[row]
            hits.append((*known.owners[owner], WAYS[rank], float(bits)))
        else:
            hits.append(None)
    own: dict[str, list[Any]] = {
        "image": images,
        "exact": [image in known.exact for image in images],
    }
    for way in WAYS:
        own[way] = [None if c is None else row in found[way] for row, c in enumerate(hashes)]
    return pa.table(evaluation.hits(own, hits), schema=SCHEMA)


def fingerprint(params: Params) -> str:
    """Of the evaluation sets' hashes."""
    known = _known(evaluation.registered(params.sets, "path", _WHERE))
    arrays = [part.tobytes() for part in (*known.whole, *known.crops)]
    return fingerprint_of(known.owners, sorted(known.exact.items()), *arrays)


def told(params: Params) -> dict[str, str]:
    """Metadata of the table: the sets that were looked for."""
    return evaluation.told(params.sets, evaluation.registered(params.sets, "path", _WHERE))


@read_once(evaluation.files, keep=1)
def _known(sets: tuple[tuple[str, str], ...]) -> _Known:
    """Read the evaluation sets.

    Raises:
        DataError: one is empty or cannot be read.
    """
    owners: list[tuple[str, str]] = []
    exact: dict[str, int] = {}
    whole: dict[int, int] = {}
    crops: dict[int, int] = {}
    for name, path in sets:
        where, first = f"evaluation set {name}, {path}", len(owners)
        file = Path(path)
        for item, sha256, code, parts in (_folder if file.is_dir() else _table)(file, where):
            place = len(owners)
            owners.append((name, item))
            if sha256 is not None:
                exact.setdefault(record.image_named(sha256), place)
            if code is not None:
                whole.setdefault(code, place)
            for part in parts:
                crops.setdefault(part, place)
        if len(owners) == first:
            raise DataError(f"{where} is empty: it holds no picture and no hash")
    return _Known(owners, exact, _arrays(whole), _arrays(crops))


def _arrays(codes: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(list(codes), np.uint64), np.array(list(codes.values()), np.int64)


_Item = tuple[str, str | None, int | None, list[int]]  # name, SHA-256, hash, those of its crops


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
        parts = list(looks.crops(picture))
        yield name, hashlib.sha256(data).hexdigest(), looks.code(picture), parts


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
            yield name, sha256, None if phash is None else int(phash, 16), []


def _hashes(table: pa.Table, kind: str, digits: int, where: str) -> list[str | None]:
    if kind not in table.column_names:
        return [None] * table.num_rows
    form = re.compile(f"[0-9a-fA-F]{{{digits}}}")
    found = table.column(kind).to_pylist()
    for value in found:
        if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
            raise DataError(f"{where}: {value!r} is not {digits} hexadecimal digits")
    return [None if value is None else value.lower() for value in found]
