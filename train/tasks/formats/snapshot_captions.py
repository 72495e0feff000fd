"""Captions of a snapshot's pictures, in the languages that are asked for.

`reads` is a snapshot's folder. All captions of a picture in a language are one example, of the
split that the snapshot has the picture in, so that what tests was seen by no model that was
pretrained on the snapshot. Captions that were made are left out unless wished.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import SourceError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted, _captioned
from train.tasks.formats._scenes import Stored

OBJECTIVE = "caption"
METRIC = "captions"
_COLUMNS = ["uid", "image", "caption", "lang", "source", "recipe", "split"]
_PLACE = ["set", "shard", "offset", "size"]


@parameters
class Params(FormatParams):
    """Captions of a snapshot."""

    languages: list[str] = field(default_factory=lambda: ["en"])  # BCP-47 tags
    sources: list[str] | None = None  # whose captions; null: of all
    made: bool = False  # whether captions that were made count, too


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """The captions of each picture in each language, by the picture's name.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no caption in one of the languages.
    """
    file = reads / record.MANIFEST_FILE
    rows = tables.read(file, [*_COLUMNS, *_PLACE])
    if not params.made:
        rows = rows.filter(pc.is_null(rows.column("recipe")))
    if params.sources is not None:
        rows = tables.rows_with(rows, "source", params.sources)
    there = sorted(pc.unique(rows.column("lang")).to_pylist())
    if lacking := [lang for lang in params.languages if lang not in there]:
        raise SourceError(
            f"{reads} has no such caption in {lacking[0]!r} (there are: {', '.join(there)}); see "
            "languages, sources and made of the task"
        )
    told = defaultdict(list)
    for row in tables.rows_with(rows, "lang", params.languages).to_pylist():
        told[row["image"], row["lang"]].append(row)
    for image, lang in sorted(told):
        own = sorted(told[image, lang], key=lambda row: row["uid"])
        picture = Stored(*(own[0][name] for name in _PLACE))
        captions = [row["caption"] for row in own]
        name = f"{image}-{lang}"
        yield _captioned.example(name, own[0]["split"], picture, lang, captions, file)
