"""An entry that matches nothing of a pool in; what of the pool is spelt much like it, out."""

import difflib
from collections.abc import Iterable
from urllib.parse import urlsplit

import pyarrow.compute as pc

from curate import ledger
from curate.dataset import files, sets, tables
from curate.forgotten import Entry

_SHOWN = 3
_ALIKE = 0.8  # of difflib's ratio, at least
_DIGITS = 6  # of a hash, at its begin or end, that the other must have, too


def names(entry: Entry, root: files.Place) -> list[str]:
    """Up to three values of an entry's kind that a pool has and that are much like its own.

    Args:
        entry: what is asked about.
        root: folder of the pool, local or on a store.
    """
    known = set(_known(entry.kind, root))
    if entry.kind in ("image", "uid"):
        begin, end = entry.value[:_DIGITS], entry.value[-_DIGITS:]
        known = {one for one in known if one.startswith(begin) or one.endswith(end)}
    elif entry.kind in ("url", "page"):
        hosts = {host for one in known if (host := _host(one))}
        near = set(_close(_host(entry.value), hosts))
        known = {one for one in known if _host(one) in near}
    return _close(entry.value, known)


def _known(kind: str, root: files.Place) -> Iterable[str]:
    """Values of a kind that a pool has."""
    columns = {"url": ["url"], "page": ["page"], "image": ["image"], "uid": ["uid"]}
    asked = columns.get(kind, ["url", "page"])
    pairs = tables.read(root / sets.PAIRS_FILE, asked)
    found = {one for name in asked for one in pc.unique(pairs.column(name)).to_pylist() if one}
    if kind in ("url", "domain") and (root / ledger.FILE).is_file():
        rows = tables.read(root / ledger.FILE, ["item", "url"])
        found |= {one for column in rows.columns for one in pc.unique(column).to_pylist() if one}
    if kind != "domain":
        return found
    hosts = {host for one in found if (host := _host(one))}
    return {".".join(host.split(".")[at:]) for host in hosts for at in range(host.count(".") + 1)}


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _close(value: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(value, sorted(known), _SHOWN, _ALIKE)
