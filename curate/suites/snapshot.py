"""Expectations of a snapshot: references that resolve, splits that share nothing, no look-alikes.

What holds of the crawled pairs of near-duplicates depends on the rules. A rule `near_duplicates`
lets no two pictures stay that look alike to it, though a cluster may keep several that are linked
over others; `look_alikes` asks for just that, by the same measure, of what was kept in the end.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import duplicates, hamming
from curate.dataset import parents, parts, record, tables
from curate.dataset.checks import Check, from_schema
from curate.dataset.errors import DataError
from curate.dataset.overlay import with_originals
from curate.dataset.parts import Part
from curate.stage.params import parameters
from curate.suites import Data, _common, _marks

_FREEZE = "freeze again what was decided (dvc repro --force snapshot)"
_SPLIT = "split this pool again (dvc repro --force split)"
_FILTER = (
    "filter again (dvc repro --force filter), or ask in validate.snapshot.look_alikes for no more "
    "than the rule near_duplicates promises"
)
_LOST = "`dvc checkout` gives it back"
_ABOUT = {
    "manifest": "A row is a pair of the snapshot.",
    "origins": "A row is a pair, once for each parent: whether a crawled one is in the pool, and "
    "which split has what a made one was made from.",
    "splits": "A row is a split and how many pairs more than it needs it has.",
    "images": "A row is an image, with its pairs and the splits that they are in.",
    "groups": "A row is a group of near-duplicates and of what was made from them, with the splits "
    "that its pairs are in.",
    "look_alikes": "A row is a crawled picture of the snapshot, with another that looks like it.",
    "files": "A row is a file that the snapshot points to.",
}
_LINE = pa.schema({"uid": pa.string(), "parent": pa.string()})
_MADE = _LINE.append(pa.field("split", pa.string()))
_LINK = pa.schema({"uid": pa.string(), "image": pa.string(), "split": pa.string()})


@parameters
class LookAlikes:
    """Which kept pictures may not look alike; as the rule that sees to it."""

    distance: hamming.Distance  # bits of 64, at most
    colours: duplicates.Levels | None = None  # mean difference, 0 to 255; null: not asked
    except_sources: tuple[str, ...] = ()  # whose pictures that rule lets be


@parameters
class Params:
    """What a snapshot must hold."""

    min_pairs: dict[str, int]  # split -> fewest pairs that make it usable
    min_licensed: float = 1.0  # share of pairs that must name a licence
    look_alikes: LookAlikes | None = None  # null: the rules promise nothing


def checks(data: Data, params: Params) -> Iterator[Check]:
    """Checks of the manifest, the splits, the near-duplicates and the files referred to.

    `data.beside` is the table of the scorer `phash`.
    """
    import great_expectations.expectations as gxe

    manifest = data.reads / record.MANIFEST_FILE
    files = _files(data.reads / record.SNAPSHOT_FILE)
    of_manifest = [
        *from_schema(record.MANIFEST, None),
        _common.in_order("uid"),
        gxe.ExpectColumnValuesToBeInSet(column="split", value_set=list(record.SPLIT_NAMES)),
        *_common.licensed(params.min_licensed),
    ]
    of_origins = [
        gxe.ExpectColumnValuesToBeInSet(
            column="in_pool", value_set=[True], description="a crawled pair is in the pool"
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="parent_split",
            value_set=["train"],
            description="what a made pair was made from is in the training split",
        ),
    ]
    alone: dict[str, Any] = {"column": "splits", "min_value": 1, "max_value": 1}
    of_images = [
        gxe.ExpectColumnValuesToBeUnique(column="image"),
        gxe.ExpectColumnValuesToBeBetween(**alone, description="no image is in two splits"),
    ]
    of_groups = [
        gxe.ExpectColumnValuesToBeBetween(
            **alone, description="no near-duplicate, nor what was made from it, is in two splits"
        ),
    ]
    of_splits = [
        gxe.ExpectColumnValuesToBeBetween(
            column="above_least",
            min_value=0,
            description="a split has the pairs that validate.snapshot.min_pairs asks for",
        ),
    ]
    of_files = [
        gxe.ExpectColumnValuesToBeInSet(
            column="as_recorded",
            value_set=[True],
            description="a shard or label table is there and has the size that was recorded",
        ),
    ]
    number = parts.count(tables.count(manifest))
    rows = parts.ordered(parts.stream(manifest), "uid")
    yield Check("manifest", rows, of_manifest, ["uid"], _FREEZE, _ABOUT["manifest"])
    origins = _origins(data.reads, data.pool, number)
    yield Check("origins", origins, of_origins, ["uid", "parent"], _FREEZE, _ABOUT["origins"])
    counted = parts.whole(_splits(manifest, params))
    yield Check("splits", counted, of_splits, ["split"], _SPLIT, _ABOUT["splits"], shown=True)
    images = (_held(part, "image") for part in _images(manifest, number))
    yield Check("images", images, of_images, ["image"], _SPLIT, _ABOUT["images"])
    groups = (_held(part, "group") for part in _groups(data.reads, data.split, number))
    yield Check("near_duplicates", groups, of_groups, ["group"], _SPLIT, _ABOUT["groups"])
    if params.look_alikes is not None:
        kept = parts.whole(_look_alikes(manifest, data.beside, number, params.look_alikes))
        of_kept = [
            gxe.ExpectColumnValuesToBeNull(
                column="looks_like", description="of pictures that look alike one is kept"
            )
        ]
        yield Check("look_alikes", kept, of_kept, ["image"], _FILTER, _ABOUT["look_alikes"])
    yield _marks.check(manifest, number)
    yield Check("files", parts.whole(files), of_files, ["file"], _LOST, _ABOUT["files"])


def _origins(snapshot: Path, pool: Path, number: int) -> Iterator[Part]:
    """Whether a crawled pair is in the pool, and in which split each parent of a made one is."""
    manifest = snapshot / record.MANIFEST_FILE

    def asked_about() -> Iterator[pa.Table]:
        first = (part.rows for part in parts.stream(manifest, ["uid", "parent"]))
        for rows in (*first, *_further(snapshot)):
            origin = pc.coalesce(rows.column("parent"), rows.column("uid"))
            yield rows.cast(_LINE).append_column("origin", origin)

    cut = zip(
        parts.by_key(asked_about(), "origin", number),
        parts.by_key((p.rows for p in parts.stream(manifest, ["uid", "split"])), "uid", number),
        parts.by_key((p.rows for p in _common.located(pool, ["uid"])), "uid", number),
        strict=True,
    )
    for asked, known, crawled in cut:
        made = pc.is_valid(asked.rows.column("parent"))
        uids = asked.rows.column("origin")
        there = pc.is_in(uids, value_set=crawled.rows.column("uid").combine_chunks())
        place = pc.index_in(uids, value_set=known.rows.column("uid").combine_chunks())
        split = pc.fill_null(known.rows.column("split").take(place.combine_chunks()), "not in it")
        table = asked.rows.select(["uid", "parent"])
        table = table.append_column("in_pool", pc.if_else(made, None, there))
        yield asked._replace(
            rows=table.append_column("parent_split", pc.if_else(made, split, None))
        )


def _splits(manifest: Path, params: Params) -> pa.Table:
    counts = Counter(dict.fromkeys([*record.SPLIT_NAMES, *params.min_pairs], 0))
    for part in parts.stream(manifest, ["split"]):
        counts.update(tables.counts(part.rows.column("split")))
    rows = [
        {"split": name, "pairs": n, "above_least": n - params.min_pairs.get(name, 0)}
        for name, n in counts.items()
    ]
    return pa.Table.from_pylist(rows)


def _images(manifest: Path, number: int) -> Iterator[Part]:
    rows = (part.rows for part in parts.stream(manifest, _LINK.names))
    return parts.by_key(rows, "image", number)


def _groups(snapshot: Path, split: Path, number: int) -> Iterator[Part]:
    """Every pair by the group of its picture, and a made one by those of its parents', too.

    A line of made pairs that is in two splits is so between some pair and one of its parents.
    """
    manifest = snapshot / record.MANIFEST_FILE

    def linked() -> Iterator[pa.Table]:
        made = parts.by_key(_made(snapshot, number), "parent", number)
        known = parts.by_key(_originals(manifest, _LINK.names), "uid", number)
        for child, parent in zip(made, known, strict=True):
            yield parent.rows.cast(_LINK)
            place = pc.index_in(
                child.rows.column("parent"), value_set=parent.rows.column("uid").combine_chunks()
            ).combine_chunks()
            images = parent.rows.column("image").take(place)
            rows = child.rows.drop_columns("parent").append_column("image", images)
            rows = rows.filter(pc.is_valid(rows.column("image")))
            yield rows.select(_LINK.names).cast(_LINK)

    def grouped() -> Iterator[pa.Table]:
        of_image = (part.rows for part in parts.stream(split, ["image", "group"]))
        cut = zip(
            parts.by_key(linked(), "image", number),
            parts.by_key(of_image, "image", number),
            strict=True,
        )
        for pairs, groups in cut:
            images = pairs.rows.column("image")
            place = pc.index_in(images, value_set=groups.rows.column("image").combine_chunks())
            group = groups.rows.column("group").take(place.combine_chunks())
            yield pairs.rows.append_column("group", pc.coalesce(group, images))

    return parts.by_key(grouped(), "group", number)


def _originals(manifest: Path, columns: list[str]) -> Iterator[pa.Table]:
    """Columns of a manifest, whose pictures are named as split and scores have them."""
    for part in parts.stream(manifest, [*columns, "recipe"]):
        yield with_originals(part.rows)


def _further(snapshot: Path) -> Iterator[pa.Table]:
    """Made pairs (`uid`) and those of their parents that the manifest does not name, in pieces."""
    file = snapshot / parents.FILE
    for part in parts.stream(file) if file.is_file() else ():  # older ones have one parent each
        more = pc.greater(part.rows.column("position"), 0)
        yield part.rows.filter(more).select(_LINE.names).cast(_LINE)


def _made(snapshot: Path, number: int) -> Iterator[pa.Table]:
    """Made pairs with their split, once for each parent, in pieces."""
    rows = (part.rows for part in parts.stream(snapshot / record.MANIFEST_FILE, _MADE.names))
    cut = zip(
        parts.by_key(rows, "uid", number),
        parts.by_key((_LINE.empty_table(), *_further(snapshot)), "uid", number),
        strict=True,
    )
    for known, more in cut:
        made = pc.is_valid(known.rows.column("parent"))
        yield known.rows.filter(made).select(_MADE.names).cast(_MADE)
        uids = known.rows.column("uid").combine_chunks()
        place = pc.index_in(more.rows.column("uid"), value_set=uids).combine_chunks()
        yield more.rows.append_column("split", known.rows.column("split").take(place)).cast(_MADE)


def _held(part: Part, column: str) -> Part:
    """One row per value of a column, with the number of pairs and of splits that hold it."""
    held = part.rows.group_by(column).aggregate(
        [("uid", "count_distinct"), ("split", "count_distinct")]
    )
    held = held.select([column, "uid_count_distinct", "split_count_distinct"])
    return part._replace(rows=held.rename_columns([column, "pairs", "splits"]).sort_by(column))


def _look_alikes(manifest: Path, phash: Path, number: int, params: LookAlikes) -> pa.Table:
    """The kept, crawled pictures that are asked about, each with one that it looks like, or null.

    Hashes and colours of all of them are in memory, some 300 bytes for each.
    """
    pieces = []
    kept = parts.by_key(_originals(manifest, ["image", "source", "parent"]), "image", number)
    hashes = ["image", "phash", "colours"]
    hashed = parts.by_key((p.rows for p in parts.stream(phash, hashes)), "image", number)
    spared = pa.array(params.except_sources, pa.string())
    for pairs, table in zip(kept, hashed, strict=True):
        own = pc.and_(
            pc.is_null(pairs.rows.column("parent")),
            pc.invert(pc.is_in(pairs.rows.column("source"), value_set=spared)),
        )
        images = pc.unique(pairs.rows.filter(own).column("image"))
        there = tables.rows_with(table.rows, "image", images.to_pylist())
        pieces.append(there.filter(pc.is_valid(there.column("phash"))))
    rows = pa.concat_tables(pieces).sort_by("image")
    colours = rows.column("colours") if params.colours is not None else None
    shown = duplicates.looks(rows.column("phash").to_pylist(), colours, params.colours)
    left, right, _ = duplicates.joined(shown, params.distance)
    names = rows.column("image").to_pylist()
    like = dict(zip(right.tolist(), left.tolist(), strict=True))
    near = [names[like[row]] if row in like else None for row in range(len(names))]
    return pa.table({"image": names, "looks_like": pa.array(near, pa.string())})


def _files(document: Path) -> pa.Table:
    try:
        facts = json.loads(document.read_text(encoding="utf-8"))
        listed = [(f"{s['set']}/{s['shard']}", s["bytes"]) for s in facts["shards"]]
        listed += [(label["path"], label["bytes"]) for label in facts["labels"]]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{document} is no description of a snapshot: {error!r}") from error
    rows = [
        {"file": path, "as_recorded": Path(path).is_file() and Path(path).stat().st_size == size}
        for path, size in listed
    ]
    return pa.Table.from_pylist(rows, pa.schema({"file": pa.string(), "as_recorded": pa.bool_()}))
