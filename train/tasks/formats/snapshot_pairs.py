"""A snapshot's own pictures with their captions, which are to find each other, in its own splits.

`reads` is a snapshot's folder. Made pairs are none of these. Of what is held out, a caption that
several pictures of the split have asks for none of them, and is left out.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import SourceError
from curate.stage.params import parameters
from train.tasks.formats import Example, FormatParams, Omitted
from train.tasks.formats._scenes import Stored

OBJECTIVE = "match"
METRIC = None
_PLACE = ("set", "shard", "offset", "size")


@parameters
class Params(FormatParams):
    """Captions and pictures of a snapshot."""

    languages: tuple[str, ...] = ("en",)  # BCP-47 tags of the captions


def examples(params: Params, reads: Path) -> Iterator[Example | Omitted]:
    """Every pair that was not made, by its uid.

    Raises:
        DataError: there is no snapshot.
        SourceError: it has no such pair.
    """
    columns = ["uid", "image", "caption", "lang", "split", "parent", *_PLACE]
    manifest = tables.read(reads / record.MANIFEST_FILE, columns)
    own = manifest.filter(pc.is_null(manifest.column("parent")))
    rows = tables.rows_with(own, "lang", params.languages).sort_by("uid").to_pylist()
    if not rows:
        there = ", ".join(sorted(pc.unique(own.column("lang")).to_pylist())) or "none"
        raise SourceError(
            f"{reads} has no caption in {', '.join(params.languages)} that was not made "
            f"(languages: {there}); change `languages`"
        )
    shown = defaultdict(set)
    for row in rows:
        shown[_said(row)].add(row["image"])
    for row in rows:
        if row["split"] != "train" and len(shown[_said(row)]) > 1:
            yield Omitted(row["uid"], "caption of several pictures", row["caption"])
        else:
            picture = Stored(*(row[name] for name in _PLACE))
            yield Example(row["uid"], row["split"], (picture,), row["caption"], row["lang"])


def _said(row: dict[str, str]) -> tuple[str, str, str]:
    """What is the same of pairs of a split that say the same."""
    return row["split"], row["lang"], row["caption"].casefold()
