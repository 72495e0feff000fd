"""Stored pictures, audio or clips in, the tars of a set out; each worker writes its own."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import answers
from curate.dataset import files, shards, tables
from curate.stage import cluster, heap

_PLACES = pa.schema(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("shard", pa.dictionary(pa.int32(), pa.string()), nullable=False),  # few, and long
        pa.field("offset", pa.int64(), nullable=False),  # bytes
        pa.field("size", pa.int64(), nullable=False),  # bytes
    ]
)


def write(
    rows: pa.Table,
    name: str,
    root: files.Place,
    sources: Sequence[str],
    per_shard: int,
    folder: str = shards.IMAGES,
) -> pa.Table:
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
        Columns name, shard, offset and size: a row for each file, see `shards.Location`.
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
    return tables.concat(found, _PLACES)


def _tar(part: tuple[str, pa.Table], name: str, root: files.Place, folder: str) -> pa.Table:
    source, rows = part
    extensions = rows.column("extension").to_pylist()
    stored = answers.stored(rows, name)
    members = ((key, ext, data) for (key, data), ext in zip(stored, extensions, strict=True))
    places = shards.write_one(root, source, members, folder)
    columns = [[*places], *zip(*places.values(), strict=True)]
    return pa.table([*map(pa.array, columns)], names=_PLACES.names).cast(_PLACES)


def columns(
    places: pa.Table, names: pa.ChunkedArray, schema: pa.Schema
) -> dict[str, pa.ChunkedArray]:
    """Where files lie, as columns.

    Args:
        places: what `write` gives.
        names: of the files, one for each row.
        schema: has the columns' types.
    """
    rows = pc.index_in(names, value_set=places.column("name").combine_chunks())
    found = places.take(rows)
    return {n: found.column(n).cast(schema.field(n).type) for n in shards.Location._fields}
