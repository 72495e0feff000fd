"""Pairs with their pictures in; a folder that `datasets.load_dataset` reads, out.

Its files are parquet with a column `image` of the library's own type Image, so that a row comes
with a decoded picture; the picture's name, `image` elsewhere, is `image_name`. The folder's card
says which files are of which split.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from curate import croissant
from curate.dataset import record
from curate.dataset.files import Place
from curate.forms import About, Described, Sample, Written, parquet

_PICTURE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
_NAME = "image_name"
_KEPT = [field for field in record.MANIFEST if field.name not in (*parquet.PLACE, "split")]
_TEXTS = [field.with_name(_NAME) if field.name == "image" else field for field in _KEPT]
_FEATURES = {
    "image": {"_type": "Image"},
    **{field.name: {"dtype": str(field.type), "_type": "Value"} for field in _TEXTS},
}
_SCHEMA = pa.schema(
    [pa.field("image", _PICTURE), *_TEXTS],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)
COLUMNS = tuple(field.name for field in _KEPT)
READ = """
The column `image` is the decoded picture; the name of its bytes, `image` below, is `image_name`.

```python
import datasets

pairs = datasets.load_dataset(".")  # this folder
pairs["train"][0]["image"], pairs["train"][0]["caption"]
```
"""


def name(split: str, number: int, count: int) -> str:
    """Name of a file."""
    return f"data/{parquet.name(split, number, count)}"


def write(samples: Iterable[Sample], file: Path) -> None:
    """Write a file."""
    rows = (
        {
            **row,
            "image": {"bytes": data, "path": f"{row['image']}.{extension}"},
            _NAME: row["image"],
        }
        for row, extension, data in samples
    )
    parquet.save(rows, _SCHEMA, file, "image.bytes")


def finish(out: Place, about: About) -> list[Written]:  # noqa: ARG001
    """Nothing lies beside the files but the card, which every form has."""
    return []


def described(about: About, beside: list[Written]) -> Described:  # noqa: ARG001
    """The files, their rows with decoded pictures, and which files are of which split."""
    import mlcroissant as mlc

    source = mlc.Source(
        file_set=parquet.SET,
        extract=mlc.Extract(column="image"),
        transforms=[mlc.Transform(json_path="bytes")],
    )
    columns = croissant.fields(_KEPT, file_set=parquet.SET, names={"image": _NAME})
    fields = [*columns, croissant.picture(source)]
    files = {split: f"data/{split}-*.parquet" for split in about.splits}
    return Described(parquet.distribution(about, "data/"), fields, files)
