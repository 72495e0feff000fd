"""A set of blurred pictures and the pairs that must go in; the set without them, in its place, out.

`dvc repro` would do without them, too, but until then a blurred picture is still one of somebody.
The table is replaced before tars are removed: after a run that was killed, the next does the rest.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate import recut
from curate.dataset import record, sets, shards, tables


def clear(root: Path, uids: set[str], per_shard: int) -> int:
    """Take pairs, and the pictures that no other pair has, out of a set.

    Args:
        root: its folder; where there is none, there is nothing to do.
        uids: of the pairs.
        per_shard: mean number of pictures in a tar.

    Returns:
        How many pairs were taken out.
    """
    file = root / sets.PAIRS_FILE
    if not file.is_file():
        return 0
    pairs = tables.read(file)
    gone = pc.is_in(pairs.column("uid"), value_set=pa.array(sorted(uids), pa.string()))
    left = pairs.filter(pc.invert(gone))
    if left.num_rows < pairs.num_rows:
        left, _ = recut.without(recut.Tars(root, shards.IMAGES, pairs), left, root, per_shard)
        tables.write(left, file, "uid", record.PAIRS)
    named = set(left.column("shard").to_pylist())
    for tar in (root / shards.IMAGES).glob("*"):
        if f"{shards.IMAGES}/{tar.name}" not in named:
            tar.unlink()
    return pairs.num_rows - left.num_rows
