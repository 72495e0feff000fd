"""Pool, decisions and split in; the pairs that something may be made or learnt from out."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, sets, tables
from curate.dataset.errors import EmptySetError
from curate.dataset.overlay import overlay


def training(pool: Path, decisions: Path, split: Path, blurred: Path | None = None) -> pa.Table:
    """Kept pairs whose image belongs to the split `train`, schema `sets.LOCATED`.

    Where a picture has a blurred one in a set of such pictures, that one stands in its place.

    Raises:
        EmptySetError: there is none.
    """
    pairs = sets.kept([pool], [decisions])
    splits = tables.conform(tables.read(split), record.SPLITS, split)
    images = splits.filter(pc.equal(splits.column("split"), "train")).column("image")
    found = tables.rows_with(pairs, "image", images)
    if found.num_rows == 0:
        raise EmptySetError(f"none of {pairs.num_rows} kept pairs is in the split train of {split}")
    return overlay(found, blurred)
