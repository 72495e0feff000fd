"""Folders of labels in; the regions of some pictures, and which phrases they show, out."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from align.graphs import layout
from align.graphs.phrases import optional
from curate.dataset import labels, tables

_BOX = ("x1", "y1", "x2", "y2")
_REGIONS = pa.schema(
    [
        *(pa.field("image", pa.string()), pa.field("region", pa.int32())),
        *(pa.field(side, pa.float32()) for side in _BOX),
        pa.field("text", pa.string()),
    ]
)
_REGION = ["image", "region", *_BOX, "label"]
_DEPICTED = pa.schema([("image", pa.string()), ("concept", pa.string())])
_GROUNDED = ["uid", "node", "region", "score"]
_SHOWN = pa.schema(
    [pa.field("phrase", pa.string()), pa.field("region", pa.string()), ("score", pa.float32())]
)


class Sights:
    """Regions and groundings of a snapshot's pictures, read part by part.

    Args:
        pool: folder of the labels of the pool's pairs; may lack regions, or grounding.
        made: the same of made pairs.
        number: of the graph's parts.
    """

    def __init__(self, pool: Path, made: Path | None, number: int) -> None:
        self._number = number
        self._regions, self._shown = (
            [file for file in labels.files(labeler, table, pool, made) if file.is_file()]
            for labeler, table in (("regions", "regions"), ("grounding", "alignments"))
        )
        self._depicted = optional("knowledge", "depicted", pool, made, _DEPICTED)

    def regions(self, part: int, images: pa.Array) -> pa.Table:
        """Regions of some pictures of a part: image, region, x1, y1, x2, y2, text.

        The tables are sorted by picture: of each, only the row groups of the part are read.
        """
        image = pc.field("image")
        first, last = (layout.begins(p, self._number) for p in (part, part + 1))
        found = [_REGIONS.empty_table()]
        for file in self._regions:
            rows = tables.wanted([file], (image >= first) & (image < last), _REGION)
            rows = rows.filter(pc.is_in(rows.column("image"), value_set=images))
            rows = rows.drop(["label"]).append_column("text", _named(rows.column("label"), file))
            known = pc.is_in(rows.column("image"), value_set=found[0].column("image").unique())
            found = [pa.concat_tables([*found, rows.filter(pc.invert(known)).cast(_REGIONS)])]
        return found[0]

    def depicted(self, images: pa.Array) -> pa.Table:
        """What some pictures are known to show by their files: image, concept."""
        return tables.rows_with(self._depicted, "image", pa.chunked_array([images]))

    def shown(self, uids: pa.ChunkedArray, images: pa.ChunkedArray) -> pa.Table:
        """Which regions show which phrases of some captions: phrase, region, score.

        Args:
            uids: the captions, of a part.
            images: the picture of each.
        """
        found = [_SHOWN.empty_table()]
        for file in self._shown:
            rows = tables.wanted([file], pc.field("uid").isin(uids.unique()), _GROUNDED)
            place = pc.index_in(rows.column("uid"), value_set=uids.combine_chunks())
            regions = layout.numbered(images.take(place), rows.column("region"))
            phrases = layout.numbered(rows.column("uid"), rows.column("node"))
            shown = pa.table([phrases, regions, rows.column("score")], _SHOWN.names).cast(_SHOWN)
            known = pc.is_in(shown.column("phrase"), value_set=found[0].column("phrase").unique())
            found = [pa.concat_tables([*found, shown.filter(pc.invert(known))])]
        return found[0]


def _named(classes: pa.ChunkedArray, regions: Path) -> pa.ChunkedArray:
    """Names of regions' classes, or their numbers where they have none, as those of a codebook."""
    file = regions.with_name("classes.parquet")
    numbers = pc.cast(classes, pa.string())
    if not file.is_file():
        return numbers
    known = tables.read(file, ["label", "name"])
    place = pc.index_in(classes, value_set=known.column("label").combine_chunks())
    return pc.coalesce(known.column("name").take(place), numbers)
