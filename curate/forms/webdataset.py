"""Pairs with their pictures in; tars that `webdataset` and open_clip's own trainer read, out.

A pair is `<uid>.<extension>`, `<uid>.txt` (its caption) and `<uid>.json` (the rest of its record).
`sizes.json` says how many pairs each tar has, which is where open_clip looks for it.
"""

import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from curate.dataset import files
from curate.forms import About, Sample

_LEFT_OUT = ("shard", "offset", "size", "set", "caption")  # of the record


def name(split: str, number: int, count: int) -> str:  # noqa: ARG001
    """Name of a tar, in a form that `{000000..000012}` covers."""
    return f"{split}/{number:06}.tar"


def write(samples: Iterable[Sample], file: Path) -> None:
    """Write a tar without times or owners, so that the same pairs give the same bytes.

    Headers are `tarfile`'s; its `addfile` takes twice the time for the copies that it makes.
    """
    with file.open("wb") as tar:
        for member, data in _members(samples):
            info = tarfile.TarInfo(member)
            info.size = len(data)
            padding = bytes(-len(data) % tarfile.BLOCKSIZE)
            tar.writelines((info.tobuf(tarfile.USTAR_FORMAT), data, padding))
        tar.write(bytes(2 * tarfile.BLOCKSIZE))
        tar.write(bytes(-tar.tell() % tarfile.RECORDSIZE))


def finish(out: files.Place, about: About) -> None:
    """Write the number of pairs of each split's tars."""
    for split in sorted({file.partition("/")[0] for file in about.files}):
        sizes = {
            file.removeprefix(f"{split}/"): pairs
            for file, pairs in about.files.items()
            if file.startswith(f"{split}/")
        }
        (out / split / "sizes.json").write_text(json.dumps(sizes, indent=2) + "\n")


def _members(samples: Iterable[Sample]) -> Iterator[tuple[str, bytes]]:
    for row, extension, data in samples:
        record = {key: value for key, value in row.items() if key not in _LEFT_OUT}
        yield f"{row['uid']}.{extension}", data
        yield f"{row['uid']}.txt", row["caption"].encode()
        yield f"{row['uid']}.json", json.dumps(record, ensure_ascii=False).encode()
