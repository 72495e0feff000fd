"""Damaged files in; the same files as they were recorded, or what of them cannot be had, out.

What DVC's cache or its remote holds is taken from there. In a tar that neither holds, the pictures
that are still themselves stay, and only the others are fetched again from where they came from.
"""

import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from curate import refetch
from curate.crawl import CrawlParams
from curate.damage import Damaged, mismatch
from curate.dataset import files, pixels
from curate.dataset.errors import DataError, ImageError
from curate.dataset.shards import ShardReader
from curate.locked import Locked

SOURCE = "its source"
_BLOCK = tarfile.BLOCKSIZE  # bytes; a file in a tar follows one with its name


class Mended(NamedTuple):
    """What became of a damaged file."""

    how: str  # where its bytes came from; empty where it is damaged still
    lost: Mapping[str, str]  # of what is in it, or of the file itself: name -> why it is not there


def mend(damaged: Damaged, locked: Locked, params: CrawlParams, packages: Path) -> Mended:
    """Bring a damaged file back, or as much of it as can be had.

    Args:
        damaged: as `curate.damage` finds it.
        locked: the project's lock.
        params: section `crawl`.
        packages: folder of fetched archives.
    """
    if where := locked.give(damaged.path, damaged.recorded):
        return Mended(where, {})
    if damaged.tar is None:
        why = "DVC has it no more; `dvc repro` makes it again, with `--force` if need be"
        return Mended("", {damaged.path: why})
    found, lost = _again(damaged, params, packages)
    why = _rebuild(damaged, found, lost)
    if lost or why:
        return Mended("", lost or {damaged.path: why})
    return Mended(SOURCE if found else "its own pictures", {})


def _again(
    damaged: Damaged, params: CrawlParams, packages: Path
) -> tuple[dict[str, bytes], dict[str, str]]:
    """What in a tar is not itself, fetched again; of the rest, why not."""
    found: dict[str, bytes] = {}
    lost: dict[str, str] = {}
    wanted: dict[str, dict[str, str | None]] = {}
    assert damaged.tar is not None
    for row in damaged.tar.files.to_pylist():
        if row["name"] not in damaged.lost:
            continue
        if row.get("parent") is not None:
            lost[row["name"]] = f"made pairs are made again: dvc repro --force make@{row['source']}"
        else:
            wanted.setdefault(row["source"], {})[row["name"]] = row["url"]
    for source, names in wanted.items():
        for name, answer in refetch.again(source, names, params, packages):
            if isinstance(answer, bytes):
                found[name] = answer
            else:
                lost[name] = answer
    return found, lost


def _rebuild(damaged: Damaged, found: Mapping[str, bytes], lost: Mapping[str, str]) -> str:
    """Write a tar anew, of what it had and what was found; why it is not as recorded, if so.

    What is lost keeps its place, so that all others have theirs.
    """
    assert damaged.tar is not None
    folder, shard, table = damaged.tar
    rows = {row["name"]: row for row in table.sort_by("offset").to_pylist()}
    partial = files.partial(folder / shard)
    try:
        with partial.open("wb") as out, ShardReader(folder) as old:
            for name, row in rows.items():
                data = found.get(name) or _old(old, shard, row["offset"], row["size"])
                member = _member(old, shard, row["offset"], name, data)
                info = tarfile.TarInfo(member)
                info.size = row["size"]
                out.seek(row["offset"] - _BLOCK)
                out.write(info.tobuf(tarfile.USTAR_FORMAT))
                out.write(data)
            end = row["offset"] + -(-row["size"] // _BLOCK) * _BLOCK + 2 * _BLOCK
            out.truncate(-(-end // tarfile.RECORDSIZE) * tarfile.RECORDSIZE)
        why = mismatch(str(partial), damaged.recorded) if damaged.recorded and not lost else ""
        files.settle(partial, folder / shard)
    finally:
        partial.unlink(missing_ok=True)
    return f"all in it is as recorded, but {why}" if why else ""


def _old(reader: ShardReader, shard: str, offset: int, size: int) -> bytes:
    """What a damaged tar has at a place, as far as it goes."""
    try:
        return reader.read(shard, offset, size)
    except (DataError, OSError):
        return b""


def _member(reader: ShardReader, shard: str, offset: int, name: str, data: bytes) -> str:
    """Name of a file in a tar: by its content, or else, as of audio, the one that it has."""
    try:
        return f"{name}.{pixels.probe(data)[0]}"
    except ImageError:
        told = _old(reader, shard, offset - _BLOCK, 100).split(b"\0")[0].decode(errors="replace")
        return told if re.fullmatch(rf"{name}\.[a-z0-9]+", told) else f"{name}.lost"
