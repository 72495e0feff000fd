"""A snapshot in; which of the files that it consists of are not what was recorded, out.

Recorded are the SHA-256 of its tables, labels and tars in snapshot.json, the name of every picture,
audio file and clip, which is the hash of its bytes, and what DVC's lock says of all of them.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import fsspec
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, record, sets, tables
from curate.dataset.errors import DataError
from curate.dataset.shards import ShardReader
from curate.media import MEDIA

_KEYS = ("manifest", "shards", "labels")  # of snapshot.json
_TABLES = {sets.PAIRS_FILE: "image", **{m.file: m.name for m in MEDIA}}  # of a set -> its names
_PLACE = ["name", "shard", "offset", "size"]
_UNLISTED = (record.DATASHEET_FILE, record.CARD_FILE, record.LEAKS_FILE, sets.REJECTED_FILE)


class Hash(NamedTuple):
    """What a file's bytes were when they were recorded."""

    kind: str  # sha256 or md5
    digest: str  # hexadecimal


class Tar(NamedTuple):
    """A tar of a set."""

    folder: files.Place  # of the set
    shard: str  # path in it
    files: pa.Table  # what lies in it: name, shard, offset, size; of pictures uid, url, ..., too


class Damaged(NamedTuple):
    """A file that is not what was recorded."""

    path: str
    why: str
    recorded: Hash | None  # None: only what lies in it was
    tar: Tar | None = None
    lost: tuple[str, ...] = ()  # names of the files in the tar that are not themselves


def find(snapshot: Path, pool: Path, made: Path, locked: Mapping[str, str]) -> Iterator[Damaged]:
    """Check every file of a snapshot, its labels, and every tar of the sets that it was made from.

    Args:
        snapshot: its folder.
        pool: the set of crawled pairs, or a folder of sets.
        made: folder of sets of made pairs; may be missing.
        locked: path -> MD5, by dvc.lock; may be of another version of the project.
    """
    document = _document(snapshot)
    if document is None:
        file = (snapshot / record.SNAPSHOT_FILE).as_posix()
        known = Hash("md5", locked[file]) if file in locked else None
        yield Damaged(file, "it is missing or is no description of a snapshot", known)
        return
    recorded = _recorded(document, snapshot, locked)
    folders = [f for root in (pool, made) if sets.any_in(root) for f in sets.folders(root)]
    broken = {path: why for folder in folders for path, why in _unreadable(folder)}
    for path, why in broken.items():
        yield Damaged(path, why, Hash("md5", locked[path]) if path in locked else None)
    for tar in (tar for folder in folders for tar in _tars(folder, broken)):
        path = f"{tar.folder.as_posix()}/{tar.shard}"
        known = recorded.pop(path, None)
        # a tar is named by what is in it: of one name there is one version
        known = known or (Hash("md5", locked[path]) if path in locked else None)
        why = mismatch(path, known) if known else ""
        if why or known is None:
            lost = tuple(_lost(tar))
            if why or lost:
                yield Damaged(path, why or "what is in it is other than named", known, tar, lost)
    for path, known in recorded.items():
        if why := mismatch(path, known):
            yield Damaged(path, why, known)


def mismatch(path: str, recorded: Hash) -> str:
    """What is wrong with a file; empty where nothing is."""
    try:
        with fsspec.open(path, "rb") as stream:
            found = hashlib.file_digest(stream, recorded.kind).hexdigest()
    except OSError as error:
        return "it is missing" if isinstance(error, FileNotFoundError) else str(error)
    return "" if found == recorded.digest else f"its {recorded.kind.upper()} is {found}"


def _document(snapshot: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((snapshot / record.SNAPSHOT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and all(key in found for key in _KEYS) else None


def _recorded(
    document: Mapping[str, Any], snapshot: Path, locked: Mapping[str, str]
) -> dict[str, Hash]:
    """Path of each file that a snapshot consists of -> what it was."""
    found = {}
    for key in ("manifest", "parents", "provenance", "leakage"):
        if key in document:
            path = (snapshot / document[key]["path"]).as_posix()
            found[path] = Hash("sha256", document[key]["sha256"])
    for shard in document["shards"]:
        found[f"{shard['set']}/{shard['shard']}"] = Hash("sha256", shard["sha256"])
    for label in document["labels"]:
        found[label["path"]] = Hash("sha256", label["sha256"])
    own = (snapshot / record.SNAPSHOT_FILE).as_posix()
    if own in locked and not mismatch(own, Hash("md5", locked[own])):  # the lock is of this one
        for name in _UNLISTED:
            path = (snapshot / name).as_posix()
            if path in locked:
                found[path] = Hash("md5", locked[path])
    return found


def _unreadable(folder: files.Place) -> Iterator[tuple[str, str]]:
    """Tables of a set that say what is in its tars and cannot be read, and why."""
    for file in (folder / name for name in _TABLES):
        if file.is_file():
            try:
                tables.read(file)
            except DataError as error:
                yield file.as_posix(), str(error)


def _tars(folder: files.Place, broken: Collection[str]) -> Iterator[Tar]:
    """Every tar of a set that a table which can be read names, of pictures and of all else.

    A made set's pairs may point into another set's tars: these are that set's.
    """
    for table, name in _TABLES.items():
        file = folder / table
        if not file.is_file() or file.as_posix() in broken:
            continue
        rows = tables.read(file).rename_columns({name: "name"}).sort_by("offset")
        own = sorted(s for s in pc.unique(rows.column("shard")).to_pylist() if s[:3] != "../")
        for shard in own:
            yield Tar(folder, shard, rows.filter(pc.equal(rows.column("shard"), shard)))


def _lost(tar: Tar) -> Iterator[str]:
    """Names of what lies in a tar and is not itself."""
    places = {row["name"]: row for row in tar.files.select(_PLACE).to_pylist()}
    with ShardReader(tar.folder) as reader:
        for name, row in places.items():
            try:
                data = reader.read(row["shard"], row["offset"], row["size"])
            except (DataError, OSError):
                data = b""
            if record.image_name(data) != name:
                yield name
