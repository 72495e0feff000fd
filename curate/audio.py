"""Audio beside pictures: checked, it becomes a table `audio.parquet` and tars of its own.

It is kept with its picture: where the picture cannot be used, or belongs to another source, so
does its audio; what is wrong with audio never harms its picture. Where a spoken description has
one caption in its language, the two are joined by the pair's uid.
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate import answers, packing
from curate.blocklist import Blocklist
from curate.dataset import record, shards, tables
from curate.dataset.errors import AudioError
from curate.dataset.files import Place
from curate.sources import Audio, Found, Refusal
from curate.sources._audio import BLOCKED, TOO_BIG, UNREADABLE
from curate.stage.params import parameters

FILE = record.AUDIO_FILE
KEY = ["audio", "image", "kind", "lang", "uid"]  # one row for each
_PLACE = ["blob", "offset", "size"]


@parameters
class AudioParams:
    """What audio beside a picture may be."""

    max_seconds: float = 600.0  # its length
    max_bytes: int = 20_000_000  # of an encoded file


def checked(
    found: Found,
    captions: Sequence[Mapping[str, Any]],
    params: AudioParams,
    blocklist: Blocklist,
    blob: answers.Blob,
) -> list[dict[str, Any]]:
    """The audio beside a picture that can be used, stored in a blob, and why the rest cannot.

    Args:
        found: the picture.
        captions: its captions, as `answers.CAPTION`.
        params: what audio may be.
        blocklist: files that must not be taken.
        blob: takes the bytes.

    Returns:
        Rows of `answers.AUDIO`.
    """
    uids: dict[str, list[str]] = {}
    for caption in captions:
        uids.setdefault(caption["lang"], []).append(caption["uid"])
    rows = []
    for one in found.audio:
        row = _row(one, params, blocklist, blob)
        spoken = uids.get(row.get("lang") or "", []) if row.get("kind") == "description" else []
        rows.append(row | {"uid": spoken[0] if len(spoken) == 1 else None})
    return rows


def _row(
    one: Audio | Refusal, params: AudioParams, blocklist: Blocklist, blob: answers.Blob
) -> dict[str, Any]:
    if isinstance(one, Refusal):
        return {"url": one.item, "reason": one.reason, "detail": one.detail}
    from curate.dataset import sounds  # libsndfile, which most crawls do without

    row: dict[str, Any] = {"url": one.url, "kind": one.kind, "lang": one.lang}
    sha256 = hashlib.sha256(one.data).hexdigest()
    if len(one.data) > params.max_bytes:
        detail = f"{len(one.data)} bytes, more than {params.max_bytes}"
        return row | {"reason": TOO_BIG, "detail": detail}
    if entry := blocklist.by_bytes(one.data, sha256):
        return row | {"reason": BLOCKED, "detail": entry}
    try:
        sound = sounds.probe(one.data, params.max_seconds)
    except AudioError as error:
        return row | {"reason": UNREADABLE, "detail": str(error)}
    return row | {"audio": record.image_named(sha256)} | sound._asdict() | blob.add(one.data)


def kept(found: pa.Table, rows: np.ndarray) -> pa.Table:
    """Audio that belongs into a set, each file, picture, language and kind once.

    Args:
        found: schema `answers.SCHEMA` with a column source.
        rows: (N,) those that own their picture, ascending.

    Returns:
        Columns of `answers.AUDIO`, and image, licence and source.
    """
    heard = rows[found.column("audio").is_valid().to_numpy()[rows]]
    of = found.select(["audio", "image", "licence", "source"]).take(pa.array(heard))
    beside = answers.audio(of)
    beside = beside.filter(beside.column("audio").is_valid())
    of = of.drop(["audio"]).take(beside.column("row"))
    for name in of.column_names:
        beside = beside.append_column(name, of.column(name))
    return _first(beside, KEY)


def refused(found: pa.Table) -> pa.Table:
    """Audio that cannot be used and why: schema `record.REJECTED`.

    Args:
        found: as `kept`.
    """
    beside = answers.audio(found)
    beside = beside.append_column("source", found.column("source").take(beside.column("row")))
    beside = beside.filter(beside.column("reason").is_valid())
    columns = {name: beside.column(name) for name in ("source", "reason", "detail")}
    table = pa.table(columns | {"item": beside.column("url")})
    return table.select(record.REJECTED.names).cast(record.REJECTED)


def write(beside: pa.Table, root: Place, sources: Sequence[str], per_shard: int) -> None:
    """Write audio's table and tars into a set; nothing where there is none.

    Args:
        beside: what `kept` gives.
        root: folder of the set, local or on a store.
        sources: names, in their order.
        per_shard: files in a tar, on average.
    """
    if not beside.num_rows:
        (root / FILE).unlink(missing_ok=True)  # a set before this one had some
        return
    files = _first(beside, ["audio"])
    stored = packing.write(files, "audio", root, sources, per_shard, shards.AUDIO)
    columns = {name: beside.column(name) for name in beside.column_names if name not in _PLACE}
    columns |= packing.columns(stored, beside.column("audio").to_pylist(), record.AUDIO)
    table = pa.table({name: columns[name] for name in record.AUDIO.names})
    tables.write(table, root / FILE, KEY, record.AUDIO)


def figures(beside: pa.Table, source: str) -> dict[str, Any]:
    """Audio files of a source, their seconds, and the captions that are spoken.

    Args:
        beside: what `kept` gives; the first source to bring a file counts it.
        source: its name.
    """
    files = _first(beside, ["audio"])
    files = files.filter(pc.equal(files.column("source"), source))
    own = beside.filter(pc.equal(beside.column("source"), source))
    return {
        "files": files.num_rows,
        "seconds": round(sum(files.column("seconds").to_pylist(), 0.0), 1),
        "spoken": pc.count_distinct(own.column("uid"), mode="only_valid").as_py(),
    }


def tars(root: Place) -> set[str]:
    """Paths inside a set of its tars of audio."""
    if not (root / FILE).is_file():
        return set()
    return set(tables.read(root / FILE, ["shard"]).column("shard").to_pylist())


def places(root: Place) -> dict[str, dict[str, Any]]:
    """Where a set has each of its audio files: name -> columns of `answers.AUDIO`."""
    if not (root / FILE).is_file():
        return {}
    rows = tables.read(root / FILE, ["audio", *shards.Location._fields]).to_pylist()
    return {row.pop("audio"): {"blob": str(root / row.pop("shard"))} | row for row in rows}


def recalled(rows: pa.Table, known: Mapping[str, Mapping[str, Any]]) -> pa.Table | None:
    """Answers whose audio lies where a set has it.

    Args:
        rows: schema `answers.SCHEMA`.
        known: what `places` gives of the set.

    Returns:
        The answers; None where the set lacks some of their audio.
    """
    listed = rows.column("audio").to_pylist()
    for one in itertools.chain.from_iterable(filter(None, listed)):
        if one["audio"] is not None:
            if one["audio"] not in known:
                return None
            one.update(known[one["audio"]])
    field = answers.SCHEMA.field("audio")
    index = rows.schema.get_field_index(field.name)
    return rows.set_column(index, field, pa.array(listed, field.type))


def _first(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    """The first of the rows that have the same values in some columns."""
    numbered = rows.append_column("at", pa.array(np.arange(rows.num_rows)))
    firsts = numbered.group_by(names, use_threads=False).aggregate([("at", "min")])
    return rows.take(firsts.column("at_min").combine_chunks().sort())
