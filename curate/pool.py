"""What the batches of a crawl gave, merged into one set: each picture and each pair once.

The order of sources and items alone decides who owns what. All of it is done on columns, so
that a row costs some hundred bytes of memory.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import beside, extra, ledger, packing
from curate.dataset import files, record, sets, tables
from curate.dataset.errors import EmptySetError, RejectsError
from curate.forgotten import REASON as FORGOTTEN
from curate.media import MEDIA
from curate.sources import LEFT_OUT, READ
from curate.sources._media import REASONS

_EXAMPLES = 3  # rejects that an error shows
_DUPLICATE = "duplicate"


class Pool:
    """A set in the making.

    Args:
        answers: schema `curate.answers.SCHEMA` with a column source, in the order of sources and
            items.
    """

    def __init__(self, answers: pa.Table) -> None:
        sources = answers.column("source").combine_chunks().dictionary_encode()
        self.sources: list[str] = sources.dictionary.to_pylist()  # as they come
        self._source = sources.indices.to_numpy()
        found = np.flatnonzero(answers.column("image").is_valid().to_numpy())
        codes, first = _codes(answers.column("image").take(found))
        owner = found[first][codes]
        foreign = self._source[owner] != self._source[found]
        self._foreign = list(zip(found[foreign], owner[foreign], strict=True))
        self._pictures = answers.select(_PICTURE).take(found[np.unique(first)])
        said = answers.column("captions")
        self._pairs, self._repeated = self._merged(said, found[~foreign], owner[~foreign])
        self._beside = {m.name: beside.kept(m, answers, found[~foreign]) for m in MEDIA}
        self.answers = answers.drop_columns(["captions", *_STORED])  # they are in other tables now

    def _merged(
        self, said: pa.ChunkedArray, rows: np.ndarray, owner: np.ndarray
    ) -> tuple[pa.Table, list[Any]]:
        """Each pair once, with the rows of its item and its picture; the repeated ones."""
        said = said.take(rows).combine_chunks()
        parents = pc.list_parent_indices(said).to_numpy()
        captions = pa.Table.from_struct_array(pc.list_flatten(said))
        codes, first = _codes(captions.column("uid"))
        pairs = captions.append_column("row", pa.array(rows[parents]))
        pairs = pairs.append_column("picture", pa.array(owner[parents]))
        again = np.flatnonzero(first[codes] != np.arange(len(codes)))
        repeated = list(
            zip(pairs.take(again).to_pylist(), rows[parents[first[codes][again]]], strict=True)
        )
        return pairs.take(np.sort(first)), repeated

    @cached_property
    def rejected(self) -> pa.Table:
        """What was refused and why: schema `record.REJECTED`, each row once."""
        rows = self.answers
        reasons = rows.column("reason")
        bad = pc.and_(reasons.is_valid(), pc.invert(pc.is_in(reasons, pa.array(READ))))
        refused = rows.filter(bad).select(record.REJECTED.names)
        parts = [refused.cast(record.REJECTED), *(beside.refused(m, rows) for m in MEDIA)]
        items, urls = rows.column("item"), rows.column("url")
        found = [
            (self._named(row), items[row].as_py(), f"a picture of {self._named(owner)}")
            for row, owner in self._foreign
        ]
        for pair, first in self._repeated:
            row, url = pair["row"], urls[first].as_py()
            if url != urls[pair["row"]].as_py():
                detail = f"{pair['lang']}: {pair['caption']!r} as of {url}"
                found.append((self._named(row), items[row].as_py(), detail))
        parts.append(
            pa.Table.from_pylist(
                [
                    {"source": s, "item": i, "reason": _DUPLICATE, "detail": d}
                    for s, i, d in dict.fromkeys(found)
                ],
                record.REJECTED,
            )
        )
        everything = pa.concat_tables(parts)
        return everything.group_by(everything.column_names, use_threads=False).aggregate([])

    @cached_property
    def outcomes(self) -> pa.Array:
        """What became of each answer: the reason, one of `READ`, `pair` or `duplicate`."""
        paired = np.zeros(self.answers.num_rows, np.bool_)
        paired[self._pairs.column("row").to_numpy()] = True
        unrefused = pc.if_else(pa.array(paired), ledger.PAIR, _DUPLICATE)
        return pc.coalesce(self.answers.column("reason").combine_chunks(), unrefused)

    def _named(self, row: int) -> str:
        """The source of a row."""
        return self.sources[self._source[row]]

    def check(self, max_rejected: float) -> None:
        """Refuse to go on with a pool that is empty, or of which a source rejected too much.

        Args:
            max_rejected: share of a source's rows; duplicates, which are sound, do not count, nor
                do audio and clips, whose pair stands, what is forgotten on purpose, and what was
                left out since no source could hold it all.

        Raises:
            EmptySetError: there is no pair; shows the reasons and some rows.
            RejectsError: a source rejected a larger share; shows the reasons and some rows.
        """
        if not self._pairs.num_rows:
            reasons = dict(Counter(self.rejected.column("reason").to_pylist()))
            said = f"{reasons}, e.g.\n{_shown(self.rejected)}" if reasons else "nothing"
            raise EmptySetError(f"no pair was found; rejected: {said}")
        for source, counts in self.figures()["sources"].items():
            aside = (*REASONS, *LEFT_OUT, FORGOTTEN)
            spared = sum(counts["reasons"].get(reason, 0) for reason in aside)
            bad = counts["rejected"] - counts["reasons"].get(_DUPLICATE, 0) - spared
            share = bad / max(1, counts["rejected"] - spared + counts["pairs"])
            if share > max_rejected:
                of_source = pc.equal(self.rejected.column("source"), source)
                raise RejectsError(
                    f"source {source}: {share:.0%} of its rows were rejected, more than "
                    f"max_rejected {max_rejected:.0%}: {counts['reasons']}, e.g.\n"
                    f"{_shown(self.rejected.filter(of_source))}"
                )

    def pack(self, root: files.Place, per_shard: int) -> pa.Table:
        """Write the tars of pictures, and those of other media with their tables; workers do.

        Args:
            root: folder of the set, local or on a store.
            per_shard: pictures, or files of a medium, in a tar, on average.

        Returns:
            Where each picture lies, as `packing.write`.
        """
        places = packing.write(self._pictures, "image", root, self.sources, per_shard)
        for medium in MEDIA:
            beside.write(medium, self._beside[medium.name], root, self.sources, per_shard)
        return places

    def write(self, root: files.Place, places: pa.Table) -> None:
        """Write rejects, the ledger, what else is known of pairs, and the pairs last.

        Args:
            root: folder of the set, local or on a store.
            places: what `pack` gives.
        """
        tables.write(
            self.rejected, root / sets.REJECTED_FILE, record.REJECTED.names, record.REJECTED
        )
        ledger.write(self.answers, self.outcomes, root)
        extra.write(self._pairs, self.answers, root)
        tables.write(self._table(places), root / sets.PAIRS_FILE, "uid", record.PAIRS)

    def figures(self) -> dict[str, Any]:
        """As `figures`, of this pool."""
        sources = self.answers.column("source").take(self._pairs.column("row"))
        pairs = pa.table({"source": sources, "lang": self._pairs.column("lang")})
        return figures(self.sources, self._pictures, pairs, self.rejected, self._beside)

    def _table(self, places: pa.Table) -> pa.Table:
        pairs = self._pairs
        item = self.answers.select(["source", "url", "licence"]).take(pairs.column("row"))
        size = self.answers.select(["width", "height", "image"]).take(pairs.column("picture"))
        columns = {name: pairs.column(name) for name in ("uid", "caption", "lang", "page")}
        columns |= {name: item.column(name) for name in item.column_names}
        columns |= {name: size.column(name) for name in size.column_names}
        columns |= packing.columns(places, size.column("image"), record.PAIRS)
        for name in ("parent", "recipe"):
            columns[name] = pa.nulls(pairs.num_rows, pa.string())
        return pa.table({name: columns[name] for name in record.PAIRS.names})


def figures(
    sources: Sequence[str],
    pictures: pa.Table,
    pairs: pa.Table,
    rejected: pa.Table,
    others: Mapping[str, pa.Table],
) -> dict[str, Any]:
    """Images, pairs, audio, clips, rejects with reasons and languages, by source and in all.

    Args:
        sources: in their order.
        pictures: a row for each, column source.
        pairs: columns source and lang.
        rejected: columns source and reason.
        others: medium -> what `beside.figures` takes of it.
    """
    by_source: dict[str, Any] = {}
    said, reasons = _counts(pairs, "lang"), _counts(rejected, "reason")
    images = Counter(pictures.column("source").to_pylist())
    for source in sources:
        languages, why = said.get(source, {}), reasons.get(source, {})
        by_source[source] = {
            "images": images[source],
            "pairs": sum(languages.values()),
            **{m.name: beside.figures(others[m.name], m, source) for m in MEDIA},
            "rejected": sum(why.values()),
            "reasons": why,
            "languages": languages,
        }
    return {
        "images": pictures.num_rows,
        "pairs": pairs.num_rows,
        **{m.name: sum(own[m.name]["files"] for own in by_source.values()) for m in MEDIA},
        "rejected": rejected.num_rows,
        "languages": len(pc.unique(pairs.column("lang"))),
        "sources": by_source,
    }


_STORED = ["extension", "blob", "offset", "size"]
_PICTURE = ["source", "image", *_STORED]


def _codes(names: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) number of each name in the order of first occurrence, (D,) row of its first one."""
    if len(names) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    codes = names.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return codes, first


def _shown(rejected: pa.Table) -> str:
    """Some rejects as a message shows them."""
    rows = rejected.slice(0, _EXAMPLES).to_pylist()
    return "\n".join(f"  {r['item']}: {r['reason']} ({r['detail']})" for r in rows)


def _counts(rows: pa.Table, name: str) -> dict[str, dict[str, int]]:
    """Source -> value of a column -> how many rows, sorted by value."""
    found: dict[str, dict[str, int]] = {}
    counted = rows.group_by(["source", name]).aggregate([([], "count_all")]).sort_by(name)
    for row in counted.to_pylist():
        found.setdefault(row["source"], {})[row[name]] = row["count_all"]
    return found
