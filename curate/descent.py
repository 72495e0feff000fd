"""A project's tables and a list in; all that comes from what is on the list, out.

Pairs of the pool, pictures and captions that nothing else holds, what was made from them however
many steps away, audio, rows of labels, and the snapshots and models that saw any of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate import audio, removal
from curate.dataset import files, overlay, sets, tables
from curate.forgotten import Forgotten

Row = dict[str, Any]


@dataclass
class Descent:
    """What comes from some places, pages, pictures or pairs."""

    found: removal.Removal  # of the pool
    made: pa.Table  # schema `sets.LOCATED`
    asked: pa.Table  # made pairs that are on the list themselves, schema `sets.LOCATED`
    rest: pa.Table  # all other pairs, made ones among them, columns uid, image and caption
    blurred: pa.Table  # names of all blurred pictures and of their originals
    audio: int = 0  # files
    labels: dict[str, int] = field(default_factory=dict)  # table -> rows
    elsewhere: int = 0  # pictures of pairs that go which others hold, too

    @property
    def pairs(self) -> pa.Table:
        """Of the pool, schema `record.PAIRS`."""
        return self.found.gone

    @property
    def uids(self) -> set[str]:
        """Of pairs, crawled and made."""
        parts = (self.pairs, self.made, self.asked)
        return {uid for part in parts for uid in part.column("uid").to_pylist()}

    def blurred_of(self, originals: pa.Array) -> set[str]:
        """The names that some pictures have where they are blurred."""
        named = pc.is_in(self.blurred.column("original"), value_set=originals)
        return set(self.blurred.filter(named).column("image").to_pylist())

    def only(self, column: str) -> set[str]:
        """What these pairs alone have in a column: `image` or `caption`."""
        own = [part.column(column).to_pylist() for part in (self.pairs, self.made)]
        return {*own[0], *own[1]} - set(self.rest.column(column).to_pylist())


def trace(data: Path, listed: Forgotten, pool: files.Place | None = None) -> Descent:
    """All that comes from what is on a list.

    Args:
        data: folder of the pipeline's tables.
        listed: the list.
        pool: folder of the pool, local or on a store, where it is not in there.

    Raises:
        DataError: there is no pool.
    """
    pool = pool or data / "pool"
    found = removal.find(pool, listed)
    made = _made(data / "made")
    named = removal.matching(made.column("uid"), listed.pair)
    named = pc.or_(named, removal.matching(made.column("image"), listed.image))
    uids = set(found.gone.column("uid").to_pylist())
    while new := _children(made, uids):
        uids |= new
    children = tables.rows_with(made, "uid", sorted(uids))
    others = made.filter(pc.invert(pc.is_in(made.column("uid"), children.column("uid").unique())))
    columns = ["uid", "image", "caption"]
    rest = pa.concat_tables([found.left.select(columns), others.select(columns)])
    blurred = overlay.originals(data / "blurred")
    descent = Descent(found, children, made.filter(named), rest, blurred)
    descent.elsewhere = len(set(found.gone.column("image").to_pylist()) - found.images)
    heard = pool / audio.FILE
    if heard.is_file():
        rows = tables.read(heard, ["image", "uid", "audio"]).to_pylist()
        own = {r["audio"] for r in rows if r["image"] in found.images or r["uid"] in uids}
        descent.audio = len(own)
    images = descent.only("image")
    images |= descent.blurred_of(pa.array(images, pa.string()))
    descent.labels = _labelled(data / "labels", uids, images)
    return descent


def line(pair: Row, pairs: Sequence[pa.Table]) -> list[Row]:
    """What a made pair goes back to, from its parent to the pair that was found.

    Args:
        pair: with its parent.
        pairs: tables that may hold a parent.
    """
    found: list[Row] = []
    parent = pair["parent"]
    while parent:
        rows = [r for t in pairs for r in tables.rows_with(t, "uid", [parent]).to_pylist()]
        if not rows or rows[0] in found:
            break
        found.append(rows[0])
        parent = rows[0]["parent"]
    return found


def sources(descent: Descent) -> dict[str, int]:
    """Pairs of each source, the largest first."""
    return dict(Counter(descent.pairs.column("source").to_pylist()).most_common())


def _made(folder: Path) -> pa.Table:
    return sets.located([folder]) if sets.any_in(folder) else sets.LOCATED.empty_table()


def _children(made: pa.Table, uids: set[str]) -> set[str]:
    """Made pairs of some parents that are not among these themselves."""
    own = tables.rows_with(made, "parent", sorted(uids)).column("uid").to_pylist()
    return set(own) - uids


def _labelled(folder: Path, uids: set[str], images: set[str]) -> dict[str, int]:
    """Label table -> its rows of some pairs or pictures."""
    found = {}
    for file in sorted(folder.rglob("*.parquet")):
        names = pq.read_schema(file).names
        key = next((name for name in ("uid", "image") if name in names), None)
        if key is not None:
            values = uids if key == "uid" else images
            rows = tables.rows_with(tables.read(file, [key]), key, sorted(values)).num_rows
            if rows:
                found[file.relative_to(folder).as_posix()] = rows
    return found
