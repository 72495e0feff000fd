"""Files of a set in, what a decoder makes of each out; what was decoded before is remembered."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from curate.dataset import files, shards
from curate.dataset.errors import DataError
from curate.dataset.memory import Memory
from curate.stage.cluster import progress

PLACE = shards.Location._fields  # columns of a table that say where bytes lie
_GROUP = 256  # files that are remembered together
Decode = Callable[[bytes], tuple[np.ndarray, ...]]


def decoded(
    rows: pa.Table, root: files.Place, memory: Memory, decode: Decode, what: tuple[str, str]
) -> dict[str, tuple[np.ndarray, ...]]:
    """What is made of some files, by name.

    Args:
        rows: the memory's key, and where the bytes lie (`PLACE`).
        root: of the set.
        memory: its columns after the key are lists, one for each array of a file.
        decode: gives a file's arrays, or raises a DataError.
        what: what is made of them, and what they are, for progress.

    Returns:
        The arrays of each, flat.

    Raises:
        DataError: a shard is missing, or a file cannot be decoded; names it and its shard.
    """
    found = dict(_arrays(memory.recall(rows.column(memory.key)), memory.key))
    places = {one[memory.key]: one for one in rows.to_pylist() if one[memory.key] not in found}
    lacking = sorted(places)
    if not lacking:
        return found
    columns = memory.schema.names[1:]
    with shards.ShardReader(root) as reader, progress(len(lacking), *what) as bar:
        for start in range(0, len(lacking), _GROUP):
            some = lacking[start : start + _GROUP]
            new = {}
            for name in some:
                where = shards.Location(*(places[name][column] for column in PLACE))
                try:
                    new[name] = tuple(one.ravel() for one in decode(reader.read(*where)))
                except DataError as error:
                    at = root / where.shard
                    raise DataError(f"{memory.key} {name} in {at}: {error}") from error
                bar.update()
            values = dict(zip(columns, zip(*new.values(), strict=True), strict=True))
            memory.remember(pa.table({memory.key: some, **values}, memory.schema))
            found |= new
    memory.gather()
    return found


def _arrays(held: pa.Table, key: str) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
    """Name and arrays of each remembered row."""
    lists = [held.column(name) for name in held.column_names if name != key]
    for at, name in enumerate(held.column(key).to_pylist()):
        yield name, tuple(one[at].values.to_numpy(zero_copy_only=False) for one in lists)
