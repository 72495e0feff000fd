"""What became of every item of a crawl: the ledger, the times beside it, and whether it adds up."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from curate import guard, suffixes
from curate.dataset import files, record, tables
from curate.dataset.errors import DataError
from curate.sources import READ
from curate.stage import heap

FILE = "fetched.parquet"
PAIR = "pair"  # outcome of an item that gave one at least
_LOST = (
    ": the ledger does not add up, so that the set before stays; a source's items or answers are "
    "lost or doubled, which is a fault of its file in curate/sources or of the crawl"
)
_TIMES = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("started", pa.float64()),  # seconds since 1970
        pa.field("seconds", pa.float64()),  # until the whole answer was there
    ]
)


def ledger(answers: pa.Table, outcomes: pa.Array) -> pa.Table:
    """One row for each item of each source; of two answers that with a pair, or the first.

    Args:
        answers: schema `curate.answers.SCHEMA` and a column source.
        outcomes: what became of each row.

    Returns:
        Schema `record.FETCHED`.
    """
    rows = answers.append_column("outcome", outcomes)
    worse = pc.not_equal(outcomes, PAIR).cast(pa.int8())
    key = ["source", "item"]
    named = rows.select(key).append_column("worse", worse)
    sort = [(name, "ascending") for name in named.column_names]
    order = pc.sort_indices(named, sort_keys=sort)  # stable
    firsts = order.filter(pa.array(tables.changes(rows.select(key), order))).sort()
    names = {name: "final_url" if name == "url" else name for name in record.FETCHED.names}
    kept = rows.select(list(names.values())).take(firsts)
    columns = {name: kept.column(column) for name, column in names.items()}
    return pa.table(columns).cast(record.FETCHED)


def write(answers: pa.Table, outcomes: pa.Array, root: files.Place) -> None:
    """Write the ledger into a set."""
    tables.write(ledger(answers, outcomes), root / FILE, ["source", "item"], record.FETCHED)
    heap.trim()


def write_times(answers: pa.Table, path: files.Place) -> None:
    """Write when each item was asked for and how long it took; no file where nothing was asked.

    Args:
        answers: schema `curate.answers.SCHEMA` and a column source.
        path: outside of the set, which is the same each time.
    """
    asked = answers.select(_TIMES.names).filter(answers.column("started").is_valid())
    path.unlink(missing_ok=True)
    if asked.num_rows:
        key = ["source", "item"]
        tables.write(tables.first(asked, key), path, key, _TIMES)


def figures(fetched: pa.Table, listed: int, answered: int) -> dict[str, Any]:
    """Items, those with pairs, those only read, those refused by reason, who replaced pictures.

    A host is flagged where it was asked for a picture that was replaced, and where it gave one;
    its domain is what somebody may have bought (the name below a public suffix).

    Args:
        fetched: the ledger.
        listed: items that the sources listed; one that is listed twice has one row in the ledger.
        answered: items that were answered for.
    """
    outcomes = Counter(fetched.column("outcome").to_pylist())
    read = {kind: n for kind, n in sorted(outcomes.items()) if kind in READ}
    refused = {reason: n for reason, n in sorted(outcomes.items()) if reason not in (PAIR, *READ)}
    replaced = fetched.filter(pc.equal(fetched.column("outcome"), guard.REPLACED))
    hosts: Counter[str] = Counter()
    domains: Counter[str] = Counter()
    for row in replaced.select(["item", "url"]).to_pylist():
        named = {host for url in row.values() if url and (host := urlsplit(url).hostname)}
        hosts.update(named)
        domains.update(set(map(suffixes.registrable, named)))
    return {
        "listed": listed,
        "repeated": answered - fetched.num_rows,
        "items": fetched.num_rows,
        "with_pairs": outcomes[PAIR],
        "read": read,
        "refused": refused,
        "hosts_of_replaced": dict(sorted(hosts.items())),
        "domains_of_replaced": dict(sorted(domains.items())),
    }


def account(figures: dict[str, Any]) -> str:
    """The figures of a ledger in a sentence.

    Raises:
        DataError: they do not add up.
    """
    read: dict[str, int] = figures["read"]
    refused: dict[str, int] = figures["refused"]
    listed, items, repeated = figures["listed"], figures["items"], figures["repeated"]
    total = figures["with_pairs"] + sum(read.values()) + sum(refused.values())
    if listed != items + repeated:
        raise DataError(f"{listed} listed, but {items} items, {repeated} repeated{_LOST}")
    if items != total:
        raise DataError(f"{items} items, but {total} outcomes{_LOST}")
    said = f"{listed} listed = {items} items" + (f" + {repeated} repeated" if repeated else "")
    said += f"; {items} items = {figures['with_pairs']} with pairs"
    for name, counts in (("read", read), ("refused", refused)):
        if counts or name == "refused":
            said += f" + {sum(counts.values())} {name}"
        if counts:
            said += f" ({', '.join(f'{reason} {n}' for reason, n in counts.items())})"
    if hosts := figures["hosts_of_replaced"]:
        named = ", ".join(f"{host} {n}" for host, n in hosts.items())
        said += f"; hosts that no longer serve what they did: {named}"
        named = ", ".join(f"{name} {n}" for name, n in figures["domains_of_replaced"].items())
        said += f"; their domains: {named}"
    return said
