"""What the batches of a crawl gave, merged into one set: each picture and each pair once.

Batches are added in the order of sources and items, which alone decides who owns what.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from curate.dataset import record, sets, shards, tables
from curate.dataset.errors import EmptySetError, RejectsError
from curate.gather import Gathered, Picture
from curate.sources import Refusal

_EXAMPLES = 3  # rejects that an error shows
_DUPLICATE = "duplicate"


class Pool:
    """A set in the making."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}  # image -> source
        self._pictures: dict[str, dict[str, Picture]] = {}  # source -> image -> where it waits
        self._pairs: dict[str, dict[str, Any]] = {}  # uid -> what its source knows
        self._rejected: dict[tuple[str, str, str, str], None] = {}

    def add(self, gathered: Gathered) -> None:
        """Take a batch; pictures of another source and pairs that are there are rejected."""
        source = gathered.source
        own = self._pictures.setdefault(source, {})
        for refusal in gathered.refused:
            self._reject(source, refusal)
        for item, picture, pairs in gathered.found:
            owner = self._owners.setdefault(picture.image, source)
            if owner != source:
                self._reject(source, Refusal(item, _DUPLICATE, f"a picture of {owner}"))
                continue
            own.setdefault(picture.image, picture)
            for pair in pairs:
                first = self._pairs.setdefault(pair["uid"], pair | {"source": source})
                if first["url"] != pair["url"]:
                    detail = f"{pair['lang']}: {pair['caption']!r} as of {first['url']}"
                    self._reject(source, Refusal(item, _DUPLICATE, detail))

    def check(self, max_rejected: float) -> None:
        """Refuse to go on with a pool that is empty, or of which a source rejected too much.

        Args:
            max_rejected: share of a source's rows; duplicates, which are sound, do not count.

        Raises:
            EmptySetError: there is no pair.
            RejectsError: a source rejected a larger share; shows the reasons and some rows.
        """
        if not self._pairs:
            raise EmptySetError(
                f"no pair was found; rejected: {dict(self._reasons()) or 'nothing'}"
            )
        for source, figures in self.figures()["sources"].items():
            bad = figures["rejected"] - figures["reasons"].get(_DUPLICATE, 0)
            share = bad / max(1, figures["rejected"] + figures["pairs"])
            if share > max_rejected:
                rows = [row for row in self._rejected if row[0] == source][:_EXAMPLES]
                shown = "\n".join(f"  {item}: {why} ({detail})" for _, item, why, detail in rows)
                raise RejectsError(
                    f"source {source}: {share:.0%} of its rows were rejected, more than "
                    f"max_rejected {max_rejected:.0%}: {figures['reasons']}, e.g.\n{shown}"
                )

    def write(self, root: Path, per_shard: int) -> None:
        """Write tars, pairs and rejects.

        Args:
            root: folder of the set.
            per_shard: pictures in a tar, on average.
        """
        places: dict[str, shards.Location] = {}
        for source, pictures in self._pictures.items():
            places |= shards.write(root, source, _members(pictures), per_shard)
        tables.write(self._table(places), root / sets.PAIRS_FILE, "uid", record.PAIRS)
        names = record.REJECTED.names
        rows = [dict(zip(names, row, strict=True)) for row in self._rejected]
        rejected = pa.Table.from_pylist(rows, record.REJECTED)
        tables.write(rejected, root / sets.REJECTED_FILE, names, record.REJECTED)

    def figures(self) -> dict[str, Any]:
        """Images, pairs, rejects with reasons and languages, by source and in all."""
        by_source = {}
        for source, pictures in self._pictures.items():
            pairs = [pair for pair in self._pairs.values() if pair["source"] == source]
            reasons = self._reasons(source)
            by_source[source] = {
                "images": len(pictures),
                "pairs": len(pairs),
                "rejected": reasons.total(),
                "reasons": dict(sorted(reasons.items())),
                "languages": dict(sorted(Counter(pair["lang"] for pair in pairs).items())),
            }
        return {
            "images": sum(map(len, self._pictures.values())),
            "pairs": len(self._pairs),
            "rejected": len(self._rejected),
            "languages": len({pair["lang"] for pair in self._pairs.values()}),
            "sources": by_source,
        }

    def _table(self, places: dict[str, shards.Location]) -> pa.Table:
        rows = []
        for pair in self._pairs.values():
            picture = self._pictures[pair["source"]][pair["image"]]
            size = {"width": picture.width, "height": picture.height}
            rows.append(pair | size | places[pair["image"]]._asdict())
        return pa.Table.from_pylist(rows, record.PAIRS)

    def _reject(self, source: str, refusal: Refusal) -> None:
        self._rejected[source, refusal.item, refusal.reason, refusal.detail] = None

    def _reasons(self, source: str | None = None) -> Counter[str]:
        return Counter(row[2] for row in self._rejected if source in (None, row[0]))


def _members(pictures: dict[str, Picture]) -> Iterator[tuple[str, str, bytes]]:
    """(name, extension, bytes) of each picture, in the order of names."""
    blobs: dict[Path, BinaryIO] = {}
    with ExitStack() as stack:
        for name in sorted(pictures):
            picture = pictures[name]
            if picture.blob not in blobs:
                blobs[picture.blob] = stack.enter_context(picture.blob.open("rb"))
            blob = blobs[picture.blob]
            blob.seek(picture.offset)
            yield name, picture.extension, blob.read(picture.size)
