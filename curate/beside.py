"""What lies beside pictures as tables of a set, and tars of its own for each medium.

It is kept with its picture: where the picture cannot be used, or belongs to another source, so is
what lies beside it.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import answers, packing
from curate.dataset import record, shards, tables
from curate.dataset.files import Place
from curate.media import MEDIA, Medium

_PLACE = ["blob", "offset", "size"]


def kept(medium: Medium, found: pa.Table, rows: np.ndarray) -> pa.Table:
    """What of a medium belongs into a set, once for each `key`.

    Args:
        medium: what is wanted.
        found: schema `answers.SCHEMA` with a column source.
        rows: (N,) those that own their picture, ascending.

    Returns:
        Columns of its struct in `answers`, and image, licence and source.
    """
    there = rows[found.column(medium.name).is_valid().to_numpy()[rows]]
    of = found.select([medium.name, "image", "licence", "source"]).take(pa.array(there))
    beside = answers.beside(of, medium.name)
    beside = beside.filter(beside.column(medium.name).is_valid())
    of = of.drop([medium.name]).take(beside.column("row"))
    for name in of.column_names:
        beside = beside.append_column(name, of.column(name))
    return tables.first(beside, medium.key)


def refused(medium: Medium, found: pa.Table) -> pa.Table:
    """What of a medium cannot be used and why: schema `record.REJECTED`.

    Args:
        medium: what is wanted.
        found: as `kept`.
    """
    beside = answers.beside(found, medium.name)
    beside = beside.append_column("source", found.column("source").take(beside.column("row")))
    beside = beside.filter(beside.column("reason").is_valid())
    columns = {name: beside.column(name) for name in ("source", "reason", "detail")}
    table = pa.table(columns | {"item": beside.column("url")})
    return table.select(record.REJECTED.names).cast(record.REJECTED)


def write(
    medium: Medium, beside: pa.Table, root: Place, sources: Sequence[str], per_shard: int
) -> None:
    """Write a medium's table and tars into a set; nothing where there is none.

    Args:
        medium: what it is.
        beside: what `kept` gives.
        root: folder of the set, local or on a store.
        sources: names, in their order.
        per_shard: files in a tar, on average.
    """
    if not beside.num_rows:
        (root / medium.file).unlink(missing_ok=True)  # a set before this one had some
        return
    files = tables.first(beside, [medium.name])
    stored = packing.write(files, medium.name, root, sources, per_shard, medium.name)
    columns = {name: beside.column(name) for name in beside.column_names if name not in _PLACE}
    columns |= packing.columns(stored, beside.column(medium.name), medium.schema)
    table = pa.table({name: columns[name] for name in medium.schema.names})
    tables.write(table, root / medium.file, medium.key, medium.schema)


def figures(beside: pa.Table, medium: Medium, source: str) -> dict[str, Any]:
    """Files of a source, their seconds, and how many captions are spoken, or frames there are.

    Args:
        beside: what `kept` gives; the first source to bring a file counts it.
        medium: what it is.
        source: its name.
    """
    files = tables.first(beside, [medium.name])
    files = files.filter(pc.equal(files.column("source"), source))
    found = {
        "files": files.num_rows,
        "seconds": round(sum(files.column("seconds").to_pylist(), 0.0), 1),
    }
    if medium.speaks:
        own = beside.filter(pc.equal(beside.column("source"), source))
        found["spoken"] = pc.count_distinct(own.column("uid"), mode="only_valid").as_py()
    else:
        found["frames"] = sum(files.column("frames").to_pylist())
    return found


def read(medium: Medium, root: Place) -> pa.Table | None:
    """A medium's table of a set; None where it has none."""
    return tables.read(root / medium.file) if (root / medium.file).is_file() else None


def tars(root: Place) -> set[str]:
    """Paths inside a set of its tars of all media."""
    return {
        tar
        for medium in MEDIA
        if (rows := read(medium, root)) is not None
        for tar in rows.column("shard").to_pylist()
    }


def places(root: Place) -> dict[str, dict[str, Any]]:
    """Where a set has each file of each medium: name -> blob, offset and size."""
    found = {}
    for medium in MEDIA:
        if (rows := read(medium, root)) is not None:
            for row in rows.select([medium.name, *shards.Location._fields]).to_pylist():
                found[row.pop(medium.name)] = {"blob": str(root / row.pop("shard"))} | row
    return found


def recalled(rows: pa.Table, known: Mapping[str, Mapping[str, Any]]) -> pa.Table | None:
    """Answers of which all that lies beside pictures lies where a set has it.

    Args:
        rows: schema `answers.SCHEMA`.
        known: what `places` gives of the set.

    Returns:
        The answers; None where the set lacks some of it.
    """
    for name in (medium.name for medium in MEDIA):
        listed = rows.column(name).to_pylist()
        for one in itertools.chain.from_iterable(filter(None, listed)):
            if one[name] is not None:
                if one[name] not in known:
                    return None
                one.update(known[one[name]])
        field = answers.SCHEMA.field(name)
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, field, pa.array(listed, field.type))
    return rows
