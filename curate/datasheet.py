"""A snapshot's facts become its datasheet: for machines as Croissant 1.1, for people as a card.

mlcroissant can also read the manifest through it:

    mlcroissant.Dataset("data/snapshot/croissant.json").records("pairs")
"""

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from curate import card, contents, croissant
from curate.dataset import parts, record
from curate.stage.params import parameters
from curate.stage.run import write_json

_READ = """
The snapshot holds references: `set`, `shard`, `offset` and `size` say where a picture's bytes lie.

```python
import mlcroissant

for pair in mlcroissant.Dataset("data/snapshot/croissant.json").records("pairs"):
    ...  # pair["pairs/caption"], pair["pairs/shard"], ...
```

`pairwright materialise data/snapshot OUT` writes it out with its pictures, as tars for `webdataset`
and open_clip, as a folder for `datasets`, or as parquet.
"""
_VERIFY = """
- `croissant.json` has the size and SHA-256 of every file that belongs to it.
- The content id is a Merkle root: `pairwright prove UID` and `pairwright verify proof.json ID` show
  that a pair is in it, or is not.
- `dvc status` names the files that were changed; `dvc checkout` gives them back from DVC's cache.
- `pairwright lineage` says where a pair comes from, `pairwright forget` takes one out of the next.
"""


@parameters
class DatasheetParams:
    """What a datasheet says that no table knows, in sentences; what is left out is unknown."""

    description: str  # what the data set is
    creator: str  # organisation that made it
    url: str  # its home page
    cite_as: str  # BibTeX
    date_published: str  # ISO 8601 day of this version of the recipe
    keywords: tuple[str, ...] = ()
    licence_urls: dict[str, str] = field(default_factory=dict)  # licence in the tables -> its text
    collection: str | None = None  # how the pairs were collected
    collection_types: tuple[str, ...] = ()  # terms of the RAI vocabulary, e.g. Web Scraping
    preprocessing: tuple[str, ...] = ()  # what was done to what was collected
    annotation: tuple[str, ...] = ()  # how labels were made
    use_cases: tuple[str, ...] = ()  # what it is good for
    limitations: tuple[str, ...] = ()  # what it is not good for
    biases: tuple[str, ...] = ()  # what it over- and under-represents
    personal_information: tuple[str, ...] = ()  # what is known about people in it
    social_impact: str | None = None  # what its use may do
    maintenance: str | None = None  # who changes it, and how


def write(path: Path, facts: dict[str, Any], params: DatasheetParams) -> None:
    """Write the datasheet and the card of a snapshot beside its manifest.

    Args:
        path: the JSON file, in the snapshot's folder.
        facts: what snapshot.json says: name, version, counts, manifest, shards and labels.
        params: section `snapshot.datasheet`.

    Raises:
        DataError: the document is not valid Croissant; says what mlcroissant found.
    """
    manifest = facts["manifest"]["path"]
    found = contents.count(part.rows for part in parts.stream(path.parent / manifest))
    records = [croissant.pairs(croissant.fields(record.MANIFEST, file_object=manifest))]
    files = _files(facts, path.parent)
    write_json(croissant.document(facts, params, found, files, records), path)
    text = card.text(facts, params, found, read=_READ, verify=_VERIFY)
    path.with_name(record.CARD_FILE).write_text(text, encoding="utf-8")


def _files(facts: Mapping[str, Any], folder: Path) -> list[Any]:
    """Manifest, parents, labels and image tars; URLs are relative to the snapshot's folder."""
    import mlcroissant as mlc

    def beside(path: str) -> str:
        return Path(os.path.relpath(path, folder)).as_posix()

    name = facts["manifest"]["path"]
    about = "The pairs of the snapshot, where the bytes of their images lie, and their split."
    files = [croissant.file(name, name, croissant.PARQUET, facts["manifest"], about)]
    listed = facts["parents"]
    about = "All parents of the made pairs, in their order; they are pairs of the snapshot, too."
    files.append(croissant.file(listed["path"], listed["path"], croissant.PARQUET, listed, about))
    for label in facts["labels"]:
        files.append(croissant.labels(label["path"], beside(label["path"]), label))
    for shard in facts["shards"]:
        path = f"{shard['set']}/{shard['shard']}"
        about = f"Images of {shard['set']}, as <image>.<extension>."
        files.append(croissant.file(path, beside(path), croissant.TAR, shard, about))
    images = mlc.FileSet(
        id="images",
        description="The encoded images; the file name without its extension is `pairs/image`.",
        contained_in=[f"{shard['set']}/{shard['shard']}" for shard in facts["shards"]],
        encoding_formats=["image/*"],
        includes=["*"],
    )
    return [*files, images]
