"""Pairs with their pictures in; tars that `webdataset` and open_clip's own trainer read, out.

A pair is `<uid>.<extension>`, `<uid>.txt` (its caption) and `<uid>.json` (the rest of its record).
`sizes.json` says how many pairs each tar has, which is where open_clip looks for it.
`pairs.parquet` has the records of all tars as a table, to be read without opening one.
"""

import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate import croissant
from curate.dataset import files, record, tables
from curate.forms import About, Described, Sample, Written

PAIRS_FILE = "pairs.parquet"
_LEFT_OUT = ("shard", "offset", "size", "set", "caption")  # of the record
_KEPT = [f for f in record.MANIFEST if f.name == "caption" or f.name not in _LEFT_OUT]
_TABLE = pa.schema([*_KEPT, pa.field("file", pa.string(), nullable=False)])  # its tar
COLUMNS = tuple(field.name for field in _KEPT)
READ = """
A pair is `<uid>.<extension>` (its picture), `<uid>.txt` (its caption) and `<uid>.json` (the rest of
its record). `pairs.parquet` has the records of all tars, with the tar that each is in.

```python
import webdataset

for pair in webdataset.WebDataset("train/000000.tar", shardshuffle=False).decode("pil"):
    ...  # pair["txt"], pair["json"], and the picture by its extension
```

open_clip's trainer: `--dataset-type webdataset --train-data 'train/{000000..000001}.tar'`.
"""


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


def finish(out: files.Place, about: About) -> list[Written]:
    """Write the number of pairs of each split's tars, and the table of all pairs."""
    for split in about.splits:
        sizes = {
            file.name.removeprefix(f"{split}/"): file.pairs
            for file in about.files
            if file.name.startswith(f"{split}/")
        }
        (out / split / "sizes.json").write_text(json.dumps(sizes, indent=2) + "\n")
    pieces = [
        rows.append_column("file", pa.array([file] * rows.num_rows, pa.string()))
        for file, rows in about.rows.items()
    ]
    partial = files.partial(out / PAIRS_FILE)
    tables.write(tables.concat(pieces, _TABLE), partial, "uid", _TABLE)
    size, digest = partial.stat().st_size, files.sha256(partial)
    files.settle(partial, out / PAIRS_FILE)
    return [Written(PAIRS_FILE, sum(file.pairs for file in about.files), size, digest, {})]


def described(about: About, beside: list[Written]) -> Described:
    """The tars, the table, and its rows with the picture of the same name."""
    import mlcroissant as mlc

    (table,) = beside
    words = f"The records of {table.pairs:,} pairs, and the tar (`file`) that each is in."
    listed = [croissant.file(PAIRS_FILE, PAIRS_FILE, croissant.PARQUET, table._asdict(), words)]
    listed += [
        croissant.file(f.name, f.name, croissant.TAR, f._asdict(), f"{f.pairs:,} pairs.")
        for f in about.files
    ]
    kinds = sorted({kind for file in about.files for kind in file.kinds})
    pictures = mlc.FileSet(
        id="pictures",
        description="The encoded pictures, as <uid>.<extension>.",
        contained_in=[file.name for file in about.files],
        encoding_formats=croissant.PICTURES,
        includes=[f"*.{kind}" for kind in kinds],
    )
    uid = mlc.Field(
        id="pairs/uid",
        name="uid",
        description=croissant.COLUMNS["uid"],
        data_types=[mlc.DataType.TEXT],
        source=mlc.Source(
            file_set="pictures",
            extract=mlc.Extract(file_property="filename"),
            transforms=[mlc.Transform(regex=r"^(\w+)")],
        ),
        references=mlc.Source(file_object=PAIRS_FILE, extract=mlc.Extract(column="uid")),
    )
    rest = croissant.fields([f for f in _KEPT if f.name != "uid"], file_object=PAIRS_FILE)
    content = mlc.Source(file_set="pictures", extract=mlc.Extract(file_property="content"))
    fields: list[Any] = [uid, *rest, croissant.picture(content)]
    return Described([*listed, pictures], fields, {})


def _members(samples: Iterable[Sample]) -> Iterator[tuple[str, bytes]]:
    for row, extension, data in samples:
        told = {key: value for key, value in row.items() if key not in _LEFT_OUT}
        yield f"{row['uid']}.{extension}", data
        yield f"{row['uid']}.txt", row["caption"].encode()
        yield f"{row['uid']}.json", json.dumps(told, ensure_ascii=False).encode()
