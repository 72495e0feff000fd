"""Pairs with their pictures in; a folder that `datasets.load_dataset` reads, out.

Its files are parquet with a column `image` of the library's own type Image, so that a row comes
with a decoded picture; the picture's name, `image` elsewhere, is `image_name`. The folder's card
says which files are of which split.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import yaml

from curate.dataset import files, record
from curate.forms import About, Sample, parquet

_PICTURE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
_NAME = "image_name"
_TEXTS = [
    field.with_name(_NAME) if field.name == "image" else field
    for field in record.MANIFEST
    if field.name not in (*parquet.PLACE, "split")
]
_FEATURES = {
    "image": {"_type": "Image"},
    **{field.name: {"dtype": str(field.type), "_type": "Value"} for field in _TEXTS},
}
_SCHEMA = pa.schema(
    [pa.field("image", _PICTURE), *_TEXTS],
    metadata={"huggingface": json.dumps({"info": {"features": _FEATURES}})},
)


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
    parquet.save(rows, _SCHEMA, file)


def finish(out: files.Place, about: About) -> None:
    """Write the card."""
    splits = [split for split in about.snapshot["splits"] if _files(split, about)]
    head = {
        "pretty_name": f"{about.snapshot['name']} {about.snapshot['version']}",
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": s, "path": f"data/{s}-*.parquet"} for s in splits],
            }
        ],
    }
    rows = [f"| {s} | {sum(about.files[f] for f in _files(s, about)):,} |" for s in splits]
    card = [
        "---",
        yaml.safe_dump(head, sort_keys=False, allow_unicode=True).strip(),
        "---",
        f"# {head['pretty_name']}",
        "",
        f"Written out of the snapshot `{about.snapshot['id']}`; `croissant.json` is its datasheet.",
        "",
        "| split | pairs |",
        "|---|---|",
        *rows,
        "",
    ]
    (out / "README.md").write_text("\n".join(card), encoding="utf-8")


def _files(split: str, about: About) -> list[str]:
    return [file for file in about.files if file.startswith(f"data/{split}-")]
