"""Pairs and the pool's labels in; the boxes of everything that a caption mentions, out.

The labeler `grounding` says which regions a phrase of an English caption names. A caption's boxes
are known where every phrase of it names as many regions as it tells of; "birds" tells of nobody
knows how many. Where the pool was not grounded no box is known.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from augment.layout import Box
from curate.dataset import labels as tables_of

_CORNERS = ("x1", "y1", "x2", "y2")
Row = dict[str, Any]


def boxes(labels: Path | None, rows: pa.Table) -> Mapping[str, Sequence[Box]]:
    """Uid -> a box for each thing mentioned, of the captions for which all of them are known.

    Args:
        labels: folder of the pool's labels, or None.
        rows: pairs, with their `uid` and `image`.

    Raises:
        DataError: the pool was grounded, and its regions are not there.
    """
    if labels is None or not (labels / "grounding").is_dir():
        return {}
    uids, images = rows.column("uid"), rows.column("image")
    said: defaultdict[str, list[Row]] = defaultdict(list)
    columns = ["uid", "things", "regions"]
    for row in _read(labels, "grounding", "phrases", columns, uids):
        said[row["uid"]].append(row)
    places = {
        (row["image"], row["region"]): tuple(row[corner] for corner in _CORNERS)
        for row in _read(labels, "regions", "regions", ["image", "region", *_CORNERS], images)
    }
    of = dict(zip(uids.to_pylist(), images.to_pylist(), strict=True))
    found: defaultdict[str, list[Box]] = defaultdict(list)
    for row in _read(labels, "grounding", "alignments", ["uid", "region"], uids):
        found[row["uid"]].append(places[of[row["uid"]], row["region"]])
    return {uid: found[uid] for uid, phrases in said.items() if all(map(_found, phrases))}


def _found(phrase: Row) -> bool:
    """Whether a region is known for each of the things that a phrase tells of."""
    return phrase["things"] is not None and phrase["regions"] >= max(1, phrase["things"])


def _read(
    labels: Path, labeler: str, table: str, columns: list[str], of: pa.ChunkedArray
) -> list[Row]:
    rows: list[Row] = tables_of.read(labeler, table, labels, columns=columns, of=of).to_pylist()
    return rows
