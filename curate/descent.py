"""A project's tables and a list in; all that comes from what is on the list, out.

Pairs of the pool, pictures and captions that nothing else holds, what was made from them however
many steps away, audio and clips, rows of labels, and the snapshots and models that saw any of it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import beside, removal
from curate.dataset import files, overlay, parents, sets, tables
from curate.forgotten import Forgotten
from curate.media import MEDIA

Row = dict[str, Any]
_NUMBER = re.compile(r"-\d+(?=\.parquet$)")  # of a file where a table has several


@dataclass
class Descent:
    """What comes from some places, pages, pictures or pairs."""

    found: removal.Removal  # of the pool
    made: pa.Table  # schema `sets.LOCATED`
    others: pa.Table  # made pairs that do not come from there, schema `sets.LOCATED`
    asked: pa.Table  # those of them that are on the list themselves
    parents: dict[str, list[str]]  # uid of any made pair -> uids of its parents, in their order
    blurred: pa.Table  # names of all blurred pictures and of their originals
    beside: dict[str, int] = field(default_factory=dict)  # medium -> files
    labels: dict[str, int] = field(default_factory=dict)  # table -> rows
    elsewhere: int = 0  # pictures of pairs that go which others hold, too

    @property
    def pairs(self) -> pa.Table:
        """Of the pool, schema `record.PAIRS`."""
        return self.found.gone

    @property
    def rest(self) -> pa.Table:
        """All other pairs, made ones among them, columns uid, image and caption."""
        columns = ["uid", "image", "caption"]
        return pa.concat_tables([self.found.left.select(columns), self.others.select(columns)])

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
    of = parents.of_sets([data / "made"])
    uids = set(found.gone.column("uid").to_pylist())
    uids |= parents.descendants(of, uids)
    children = tables.rows_with(made, "uid", sorted(uids))
    others = made.filter(pc.invert(pc.is_in(made.column("uid"), children.column("uid").unique())))
    named = removal.matching(others.column("uid"), listed.pair)
    asked = others.filter(pc.or_(named, removal.matching(others.column("image"), listed.image)))
    blurred = overlay.originals(data)
    descent = Descent(found, children, others, asked, parents.by_pair(of), blurred)
    descent.elsewhere = len(set(found.gone.column("image").to_pylist()) - found.images)
    for medium in MEDIA:
        if (rows := beside.read(medium, pool)) is not None:
            own = {
                row[medium.name]
                for row in rows.to_pylist()
                if row["image"] in found.images or row.get("uid") in uids
            }
            descent.beside[medium.name] = len(own)
    images = descent.only("image")
    images |= descent.blurred_of(pa.array(images, pa.string()))
    descent.labels = _labelled(data, uids, images)
    return descent


def line(uid: str, descent: Descent) -> list[Row]:
    """All that a made pair goes back to: its parents, then theirs, down to pairs of the pool."""
    pairs = [descent.pairs, descent.found.left, descent.made, descent.others]
    names = parents.line(uid, descent.parents)
    found = {r["uid"]: r for t in pairs for r in tables.rows_with(t, "uid", names).to_pylist()}
    return [found[name] for name in names if name in found]


def sources(descent: Descent) -> dict[str, int]:
    """Pairs of each source, the largest first."""
    return dict(Counter(descent.pairs.column("source").to_pylist()).most_common())


def _made(folder: Path) -> pa.Table:
    return sets.located([folder]) if sets.any_in(folder) else sets.LOCATED.empty_table()


def _labelled(data: Path, uids: set[str], images: set[str]) -> dict[str, int]:
    """Label table -> its rows of some pairs or pictures, crawled and made, in all of its files.

    So are the tables beside made pairs that say what is known of them.
    """
    found = Counter[str]()
    for folder in (data / "labels", data / "labels_made", data / "made"):
        for file in sorted(folder.rglob("*.parquet")):
            if file.name in (sets.PAIRS_FILE, sets.REJECTED_FILE, parents.FILE):
                continue
            names = tables.schema(file).names
            key = next((name for name in ("uid", "image") if name in names), None)
            if key is not None:
                values = uids if key == "uid" else images
                rows = tables.rows_with(tables.read(file, [key]), key, sorted(values)).num_rows
                table = _NUMBER.sub("", file.relative_to(folder).as_posix())
                found[table] += rows
    return dict(sorted((+found).items()))
