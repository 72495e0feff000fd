"""Pairs in; which recording speaks the caption of each, and what a scorer hears in it, out."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.dataset.errors import DataError
from curate.dataset.files import place
from curate.dataset.shards import ShardReader
from curate.scorer import Scorer

KEY = pa.field("audio", pa.string(), nullable=False)
_COLUMNS = ["uid", "audio", "shard", "offset", "size"]
_SPOKEN = pa.schema([*map(record.AUDIO.field, _COLUMNS), pa.field("set", pa.string())])


def spoken(pairs: pa.Table) -> pa.Table:
    """The recordings of those captions that are spoken, one for each.

    Args:
        pairs: columns uid and set, its folder.

    Returns:
        Columns uid, audio, shard, offset, size and set; of several the lowest hash.
    """
    parts = [_SPOKEN.empty_table()]
    for folder in pc.unique(pairs.column("set")).to_pylist():
        file = place(folder) / record.AUDIO_FILE
        if file.is_file():
            rows = tables.read(file, _COLUMNS)
            own = rows.filter(pc.is_in(rows.column("uid"), pairs.column("uid").combine_chunks()))
            parts.append(own.append_column("set", pa.array([folder] * own.num_rows, pa.string())))
    order = [("uid", "ascending"), ("audio", "ascending")]
    return tables.first(tables.concat(parts, _SPOKEN).sort_by(order), ["uid"])


def listen(rows: pa.Table, scorer: Scorer) -> pa.Table:
    """What a scorer hears in some recordings, in a worker; null where bytes are no audio."""
    readers: dict[str, ShardReader] = {}
    nothing = dict.fromkeys(scorer.module.SCHEMA.names[1:])
    found: list[dict[str, Any]] = []
    params = scorer.params
    try:
        for row in rows.to_pylist():
            reader = readers.setdefault(row["set"], ShardReader(row["set"]))
            try:
                data = reader.read(row["shard"], row["offset"], row["size"])
                own = scorer.module.listened(data, params)
            except DataError:
                own = {}
            found.append({KEY.name: row["audio"], **nothing, **own})
    finally:
        for reader in readers.values():
            reader.close()
    return pa.Table.from_pylist(found, pa.schema([KEY, *list(scorer.module.SCHEMA)[1:]]))
