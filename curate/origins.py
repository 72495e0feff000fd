"""A set and what must go by its place in; where else the same bytes came from, out.

Who asks for a picture to be taken down by its URL or host means the picture: its bytes go, wherever
else they were found, and its name goes on the list, so that no other place brings it back. A page
or a pair that must go says nothing of the bytes, which stay while something else is said of them.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate import ledger, listing
from curate.dataset import files, sets, tables
from curate.forgotten import Entry, Forgotten
from curate.removal import matching

_SHOWN = 10  # places


class Elsewhere(NamedTuple):
    """Pictures that were found in other places, too."""

    places: Mapping[str, Sequence[str]]  # name of a picture -> the other places, sorted

    def entries(self, reason: str, date: str) -> list[Entry]:
        """The pictures, as entries of a list."""
        return [Entry("image", name, reason, date) for name in self.places]

    def lines(self) -> list[str]:
        """What a person reads of it; nothing where there is nothing."""
        if not self.places:
            return []
        rows = [(f"  {name}", place) for name, own in self.places.items() for place in own]
        said = f"Other places of the same bytes, which go there, too: {len(rows):,}"
        more = [f"  and {len(rows) - _SHOWN:,} more"] if len(rows) > _SHOWN else []
        return ["", said, *listing.table(rows[:_SHOWN]), *more]


def elsewhere(root: files.Place, listed: Forgotten) -> Elsewhere:
    """Where else the pictures came from that go by a URL or a domain.

    Args:
        root: folder of the set, local or on a store.
        listed: what must go.
    """
    pairs = tables.read(root / sets.PAIRS_FILE, ["image", "url"])
    rows = [pairs.rename_columns(["image", "item"]).append_column("url", pairs.column("url"))]
    if (root / ledger.FILE).is_file():
        rows.append(tables.read(root / ledger.FILE, ["image", "item", "url"]))
    found = pa.concat_tables(rows, promote_options="permissive")
    found = found.filter(found.column("image").is_valid())
    masks = [matching(found.column(name), listed.picture) for name in ("item", "url")]
    mask = functools.reduce(pc.or_, masks)
    gone = found.filter(mask).column("image").unique()
    rest = found.filter(pc.and_(pc.invert(mask), pc.is_in(found.column("image"), value_set=gone)))
    places: dict[str, set[str]] = {}
    for row in rest.to_pylist():
        places.setdefault(row["image"], set()).add(row["item"] or "")
    return Elsewhere({name: sorted(places[name]) for name in sorted(places)})
