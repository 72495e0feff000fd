"""Encoded audio and clips, laid beside the pictures of a set as a crawl does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from curate.dataset import clips, record, shards, sounds, tables
from curate.media import AUDIO, VIDEO, Medium


def lay(
    pool: Path,
    spoken: Sequence[tuple[Mapping[str, Any], bytes]],
    moving: Sequence[tuple[Mapping[str, Any], bytes]],
) -> None:
    """Write the tables and tars of pairs that are spoken, and of pictures that move."""
    heard = [
        {"kind": "description", **_of(pair, data, "audio"), **sounds.probe(data)._asdict()}
        | {"uid": pair["uid"], "lang": pair["lang"]}
        for pair, data in spoken
    ]
    seen = [{**_of(pair, data, "video"), **clips.probe(data)._asdict()} for pair, data in moving]
    _write(pool, AUDIO, heard, [data for _, data in spoken])
    _write(pool, VIDEO, seen, [data for _, data in moving])


def _of(pair: Mapping[str, Any], data: bytes, name: str) -> dict[str, Any]:
    same = {key: pair[key] for key in ("image", "source", "licence", "url")}
    return {name: record.image_name(data)} | same


def _write(pool: Path, medium: Medium, rows: list[dict[str, Any]], files: list[bytes]) -> None:
    found = zip(rows, files, strict=True)
    members = sorted({(row[medium.name], row["extension"], data) for row, data in found})
    places = shards.write(pool, "drawn", members, 16, medium.name)
    whole = [row | places[row[medium.name]]._asdict() for row in rows]
    table = pa.Table.from_pylist(whole, medium.schema)
    tables.write(table, pool / medium.file, medium.key, medium.schema)
