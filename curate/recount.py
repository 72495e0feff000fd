"""A pool and the figures of its crawl in; the figures of a crawl of what is there now, out."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate import beside, ledger, pool
from curate.dataset import files, sets, tables
from curate.dataset.errors import DataError
from curate.media import MEDIA
from curate.stage.run import write_json


def refresh(root: files.Place, path: Path) -> None:
    """Bring the figures of a crawl up to date with its set; nothing where there is no file.

    Raises:
        DataError: the file holds no figures of a crawl.
    """
    if not path.is_file():
        return
    try:
        found = recount(root, json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no figures of a crawl of {root}: {error!r}") from error
    partial = files.partial(path)
    write_json(found, partial)
    files.settle(partial, path)


def recount(root: files.Place, before: dict[str, Any]) -> dict[str, Any]:
    """Count a set anew.

    Args:
        root: folder of the set, local or on a store.
        before: figures of the crawl that wrote it; what no table says is taken from there: the
            sources and their order, items that were listed or repeated, sources that were skipped.
    """
    pairs = tables.read(root / sets.PAIRS_FILE, ["image", "source", "lang"])
    pictures = pairs.group_by(["image", "source"]).aggregate([])
    rejected = tables.read(root / sets.REJECTED_FILE)
    sources = list(before["sources"])
    others = {}
    for medium in MEDIA:
        rows = beside.read(medium, root)
        others[medium.name] = (
            medium.schema.empty_table() if rows is None else _by_source(rows, sources)
        )
    counted = pool.figures(sources, pictures, pairs, rejected, others)
    fetched = tables.read(root / ledger.FILE)
    listed, repeated = before["ledger"]["listed"], before["ledger"]["repeated"]
    found = ledger.figures(fetched, listed, fetched.num_rows + repeated)
    return counted | {"ledger": found, "skipped": before["skipped"]}


def _by_source(rows: pa.Table, sources: list[str]) -> pa.Table:
    """A medium in the order of its sources, the first of which to bring a file counts it."""
    rank = {source: place for place, source in enumerate(sources)}
    places = pa.array([rank[source] for source in rows.column("source").to_pylist()])
    return rows.append_column("rank", places).sort_by("rank")
