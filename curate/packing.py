"""Stored pictures, audio or clips in, the tars of a set out; each worker writes its own."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import answers
from curate.dataset import files, shards
from curate.stage import cluster, heap


def write(
    rows: pa.Table,
    name: str,
    root: files.Place,
    sources: Sequence[str],
    per_shard: int,
    folder: str = shards.IMAGES,
) -> dict[str, shards.Location]:
    """Write the tars of all sources.

    Args:
        rows: columns source, extension, blob, offset, size, and the one that holds the names,
            which are distinct.
        name: that column.
        root: folder of the set, local or on a store.
        sources: names, in their order.
        per_shard: files in a tar, on average.
        folder: of the set, that takes the tars.

    Returns:
        name -> location.
    """
    parts: list[tuple[str, pa.Table]] = []
    for source in sources:
        own = rows.filter(pc.equal(rows.column("source"), source)).sort_by(name)
        own = own.select([name, "extension", "blob", "offset", "size"])
        for start, stop in shards.cuts(own.column(name).to_pylist(), per_shard):
            parts.append((source, own.take(np.arange(start, stop))))
    found = cluster.map_shards(
        _tar,
        parts,
        name,
        root,
        folder,
        label=f"tars of {folder}",
        weights=[part.num_rows for _, part in parts],
        unit="files",
    )
    heap.trim()
    for left in (root / folder).glob(".*.partial"):  # by a worker that was killed
        left.unlink()
    return {key: place for places in found for key, place in places.items()}


def _tar(
    part: tuple[str, pa.Table], name: str, root: files.Place, folder: str
) -> dict[str, shards.Location]:
    source, rows = part
    extensions = rows.column("extension").to_pylist()
    stored = answers.stored(rows, name)
    members = ((key, ext, data) for (key, data), ext in zip(stored, extensions, strict=True))
    return shards.write_one(root, source, members, folder)


def columns(
    places: Mapping[str, shards.Location], names: Sequence[str], schema: pa.Schema
) -> dict[str, pa.Array]:
    """Where files lie, as columns.

    Args:
        places: what `write` gives.
        names: of the files, one for each row.
        schema: has the columns' types.
    """
    found = zip(*(places[name] for name in names), strict=True)
    fields = zip(shards.Location._fields, found, strict=True)
    return {name: pa.array(values, schema.field(name).type) for name, values in fields}
