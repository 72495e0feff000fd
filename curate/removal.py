"""A set and what must go in; the set without it, in the same place, out.

What comes out is what a new crawl with the same answers would have given, but for what other
items brought again of a picture that goes: that is not taken in its stead. Only tars that held
what goes, and those that their borders then run into, are written anew.
"""

import functools
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import beside, extra, ledger, recut
from curate.dataset import files, record, sets, shards, tables
from curate.forgotten import REASON, Entry, Forgotten
from curate.media import MEDIA, Medium

_ITEM = ["source", "item"]
_AS_OF = " as of "  # before the URL, in the detail of a duplicate (see `curate.pool`)


@dataclass(frozen=True)
class Removal:
    """What of a set is on a list, and the tables that stay."""

    gone: pa.Table  # pairs
    left: pa.Table  # pairs
    images: frozenset[str]  # pictures that no pair is left of
    items: Mapping[tuple[str, str], str]  # source and item that nothing is left of -> entries

    @property
    def everything(self) -> pa.Table:
        """Pairs that go and that stay."""
        return pa.concat_tables([self.gone, self.left])


def find(root: files.Place, listed: Forgotten) -> Removal:
    """What of a set is on a list.

    Args:
        root: folder of the set.
        listed: the list.
    """
    pairs = tables.conform(tables.read(root / sets.PAIRS_FILE), record.PAIRS, root)
    direct = _items(root, listed)
    urls, images = set(), set()
    for row, entry in direct:
        if entry.kind == "image":
            images.add(row["image"])
        elif row["outcome"] == ledger.PAIR:
            urls.add(row["item"])
    tests: dict[str, Callable[[str], object]] = {
        "url": lambda url: url in urls or listed.picture(url),
        "page": listed.page,
        "image": lambda name: name in images or listed.image(name),
        "uid": listed.pair,
    }
    masks = [matching(pairs.column(name), test) for name, test in tests.items()]
    mask = functools.reduce(pc.or_, masks)
    gone, left = pairs.filter(mask), pairs.filter(pc.invert(mask))
    named = set(left.column("image").to_pylist())
    lost = frozenset(set(gone.column("image").to_pylist()) - named)
    return Removal(gone, left, lost, _lost_items(root, direct, gone, left, listed))


def apply(
    root: files.Place, new: files.Place, removal: Removal, listed: Forgotten, per_shard: int
) -> list[str]:
    """Write a set without what goes.

    Args:
        root: folder of the set, local or on a store.
        new: folder for the other one, which is empty; files that stay the same are linked. Or the
            same folder: then tables are replaced, that of pairs last, and tars that no table names
            any more are left.
        removal: what goes.
        listed: the list.
        per_shard: mean number of members in a tar, as the set was written with.

    Returns:
        Names of the tars that are not in the new set, sorted.
    """
    pairs, dropped = recut.without(
        recut.Tars(root, shards.IMAGES, removal.everything), removal.left, new, per_shard
    )
    written = _write_tables(root, new, removal)
    for medium in MEDIA:
        dropped += _write_medium(medium, root, new, removal, listed, per_shard)
        written.add(medium.file)
    if isinstance(root, Path) and isinstance(new, Path):
        _link_rest(root, new, {*dropped, *written})
    tables.write(pairs, new / sets.PAIRS_FILE, "uid", record.PAIRS)
    kept = {*pairs.column("shard").to_pylist(), *beside.tars(new)}
    return sorted(set(dropped) - kept)


def without_times(path: files.Place, removal: Removal) -> None:
    """Take items that go out of the table of times beside a set, if there is one."""
    if path.is_file():
        rows = tables.read(path)
        tables.write(_without_items(rows, removal), path, _ITEM)


def _items(root: files.Place, listed: Forgotten) -> list[tuple[dict[str, Any], Entry]]:
    """The rows of the ledger that are on a list themselves, with an entry."""
    if not (root / ledger.FILE).is_file():
        return []
    rows = tables.read(root / ledger.FILE)
    masks = [matching(rows.column(name), listed.picture) for name in ("item", "url")]
    masks += [matching(rows.column(name), listed.image) for name in ("image", "sha256")]
    found = rows.filter(functools.reduce(pc.or_, masks)).to_pylist()
    return [(row, entry) for row in found for entry in listed.of_item(row)]


def _lost_items(
    root: files.Place,
    direct: list[tuple[dict[str, Any], Entry]],
    gone: pa.Table,
    left: pa.Table,
    listed: Forgotten,
) -> dict[tuple[str, str], str]:
    """Source and item -> words of the entries, where nothing of the item is left."""
    found: dict[tuple[str, str], set[str]] = {}
    for row, entry in direct:
        found.setdefault((row["source"], row["item"]), set()).add(entry.words)
    there = set(zip(*(left.column(name).to_pylist() for name in ("source", "url")), strict=True))
    named = set(zip(*(left.column(name).to_pylist() for name in ("source", "image")), strict=True))
    by_image: dict[tuple[str, str], str] = {}
    if (root / ledger.FILE).is_file():
        rows = tables.read(root / ledger.FILE, [*_ITEM, "outcome", "image"]).to_pylist()
        by_image = {
            (row["source"], row["image"]): row["item"]
            for row in rows
            if row["outcome"] == ledger.PAIR
        }
    own: dict[tuple[str, str], set[str]] = {}
    for pair in gone.to_pylist():
        source = pair["source"]
        item = pair["url"]
        if (source, item) in there:
            continue
        if (source, pair["image"]) not in named:
            item = by_image.get((source, pair["image"]), item)
        said = {entry for entry in (listed.page(pair["page"]), listed.pair(pair["uid"])) if entry}
        own.setdefault((source, item), set()).update(entry.words for entry in said)
    found |= {key: words for key, words in own.items() if key not in found}
    return {key: ", ".join(sorted(words)) for key, words in found.items()}


def _write_medium(
    medium: Medium,
    root: files.Place,
    new: files.Place,
    removal: Removal,
    listed: Forgotten,
    per_shard: int,
) -> list[str]:
    """Write the table of a medium and those of its tars that change, or no table where none stays.

    Returns:
        The tars that were written anew.
    """
    rows = beside.read(medium, root)
    if rows is None:
        return []
    masks = [
        matching(rows.column("image"), removal.images.__contains__),
        matching(rows.column("url"), listed.picture),
    ]
    if medium.speaks:
        uids = set(removal.gone.column("uid").to_pylist())
        masks.append(matching(rows.column("uid"), uids.__contains__))
    left = rows.filter(pc.invert(functools.reduce(pc.or_, masks)))
    left, dropped = recut.without(recut.Tars(root, medium.name, rows), left, new, per_shard)
    if left.num_rows:
        tables.write(left, new / medium.file, medium.key, medium.schema)
    else:
        (new / medium.file).unlink(missing_ok=True)
    return dropped


def _write_tables(root: files.Place, new: files.Place, removal: Removal) -> set[str]:
    """Write the tables but those of pairs and of media; gives the names of all but the latter.

    A table that is empty now is named, too.
    """
    if (root / extra.FILE).is_file():
        more = tables.read(root / extra.FILE)
        more = more.filter(pc.is_in(more.column("uid"), removal.left.column("uid").unique()))
        full = [name for name in more.column_names if more.column(name).null_count < len(more)]
        if more.num_rows:
            tables.write(more.select(full), new / extra.FILE, "uid")
        else:
            (new / extra.FILE).unlink(missing_ok=True)
    if (root / ledger.FILE).is_file():
        rows = [_ledger_row(row, removal) for row in tables.read(root / ledger.FILE).to_pylist()]
        fetched = pa.Table.from_pylist(rows, record.FETCHED)
        tables.write(fetched, new / ledger.FILE, _ITEM, record.FETCHED)
    if (root / sets.REJECTED_FILE).is_file():
        rejected = _rejected(tables.read(root / sets.REJECTED_FILE), removal)
        names = record.REJECTED.names
        tables.write(rejected, new / sets.REJECTED_FILE, names, record.REJECTED)
    return {extra.FILE, ledger.FILE, sets.REJECTED_FILE, sets.PAIRS_FILE}


def _ledger_row(row: dict[str, Any], removal: Removal) -> dict[str, Any]:
    if (row["source"], row["item"]) in removal.items:
        return {name: row[name] for name in _ITEM} | {"outcome": REASON}
    return row | {"image": None} if row["image"] in removal.images else row


def _rejected(rows: pa.Table, removal: Removal) -> pa.Table:
    left = _without_items(rows, removal).to_pylist()
    urls = set(removal.gone.column("url").to_pylist())
    for row in left:
        if row["detail"].rpartition(_AS_OF)[2] in urls:
            row["detail"] = "as of one that is forgotten"
    refused = [
        {"source": source, "item": item, "reason": REASON, "detail": words}
        for (source, item), words in removal.items.items()
    ]
    found = pa.Table.from_pylist([*left, *refused], record.REJECTED)
    return found.group_by(found.column_names, use_threads=False).aggregate([])


def _without_items(rows: pa.Table, removal: Removal) -> pa.Table:
    keys = zip(*(rows.column(name).to_pylist() for name in _ITEM), strict=True)
    return rows.filter(pa.array([key not in removal.items for key in keys], pa.bool_()))


def _link_rest(root: Path, new: Path, but: set[str]) -> None:
    """Link, or copy where there are no links, the files of a set, some aside."""
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if file.is_file() and name not in but and not (new / name).exists():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file, new / name)
            except OSError:
                shutil.copy2(file, new / name)


def matching(column: pa.ChunkedArray, test: Callable[[str], object]) -> pa.ChunkedArray:
    """Which values of a column are meant; each is asked for once."""
    values = [value for value in pc.unique(column).to_pylist() if value is not None and test(value)]
    return pc.is_in(column, value_set=pa.array(values, column.type))
