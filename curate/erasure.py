"""What is to go, in; a project's memory, unfinished crawls and pool without it, out.

Each file is replaced in one step or removed, the pool last, in a folder as a whole, on a store as
`curate.stored` has it: a run that is killed leaves the pool as it was or as it will be, and the
same run again does the rest.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curate import answers, removal
from curate.dataset import files, memory, tables
from curate.dataset.errors import DataError
from curate.descent import Descent
from curate.forgotten import Forgotten
from curate.restart import Folder
from curate.stored import Stored

_KEYS = ("uid", "image", "caption")  # of remembered results
_CRAWLS = memory.DEFAULT_ROOT / "crawl"  # what crawls keep, each in a folder


def erase(
    folder: Folder | Stored, descent: Descent, listed: Forgotten, per_shard: int
) -> dict[str, Any]:
    """Take out of memory and pool what comes from what is on a list.

    Args:
        folder: beside the pool, here or on a store, locked.
        descent: what comes from it.
        listed: the list.
        per_shard: mean number of members in a tar of the pool.

    Returns:
        Names of the pool's tars that are gone, and rows that were taken out of memory.
    """
    remembered = _clear_results(descent)
    for answered in (*_CRAWLS.glob("*"), folder.batches):
        _clear_answers(answered, listed)
    _clear_spools(folder)
    tars = []
    if descent.pairs.num_rows or descent.found.items:
        if isinstance(folder, Stored):
            folder.keep_tables()
        pool, new = folder.out, folder.open_set()
        tars = removal.apply(pool, new, descent.found, listed, per_shard)
        removal.without_times(pool.with_name(f"{pool.name}.times.parquet"), descent.found)
        folder.exchange()
    folder.clear_old()
    return {"tars": tars, "remembered": remembered}


def _clear_results(descent: Descent) -> int:
    """Keep remembered results of what stays alone; gives how many rows go.

    Those of earlier pools go too: nobody knows any more what they came from.
    """
    stays = {name: descent.rest.column(name).unique() for name in _KEYS}
    shown = pa.array(descent.blurred_of(stays["image"]), pa.string())
    stays["image"] = pa.concat_arrays([stays["image"], shown])
    count = 0
    for file in _results():
        try:
            rows = tables.read(file)
        except DataError:
            file.unlink()  # damaged: nobody reads it, and nobody knows what is in it
            continue
        keys = [name for name in _KEYS if name in rows.column_names]
        if not keys:  # by a recipe or a vector: nobody knows what of it comes from what goes
            count += rows.num_rows
            file.unlink()
            continue
        left = rows
        for key in keys:
            left = left.filter(pc.is_in(left.column(key), value_set=stays[key]))
        if left.num_rows == rows.num_rows:
            continue
        count += rows.num_rows - left.num_rows
        if left.num_rows:
            tables.write(left, file, keys[0])
        else:
            file.unlink()
    return count


def _results() -> Iterator[Path]:
    for folder in sorted(memory.DEFAULT_ROOT.glob("*")):
        if folder.name not in ("crawl", "spool"):
            yield from sorted(folder.rglob("*.parquet"))


def _clear_answers(folder: files.Place, listed: Forgotten) -> None:
    """Take what is on a list out of the answers of a crawl, finished or not."""
    found: list[files.Place] = [*folder.glob("*.parquet")]
    for file in sorted(found, key=str):
        rows = [answers.filled(row) for row in tables.read(file).to_pylist()]
        left = [listed.strip(row) for row in rows]
        if left == rows:
            continue
        blobs: list[files.Place] = [*folder.glob(f"{file.stem}.*.blob")]
        if blobs:  # an unfinished crawl: it asks again for the whole batch
            file.unlink()
            for blob in blobs:
                blob.unlink()
        else:
            answers.write(left, file)
    left_over: list[files.Place] = [*folder.glob("*.blob")]
    for blob in left_over:  # of a batch whose table a kill kept from being written
        if not (folder / f"{blob.name.partition('.')[0]}.parquet").is_file():
            blob.unlink()


def _clear_spools(folder: Folder | Stored) -> None:
    """Remove the pages and pictures that sources keep for `--retry`, which asks for them again.

    A page of any site may say or show what goes.
    """
    for kept in (_CRAWLS, folder.root, memory.DEFAULT_ROOT / "spool"):
        if isinstance(kept, Path):  # sources keep nothing on a store
            for spool in kept.glob("**/spool-*"):
                shutil.rmtree(spool)
