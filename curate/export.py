"""A snapshot's references in; its pairs with their pictures, in files that trainers read, out.

    OUT/
        <files>             as a form of `curate.forms` names them
        croissant.json      the snapshot's datasheet
        provenance.json     what the snapshot was made with; one of before has none
        materialised.json   which snapshot, and every file with its pairs, bytes and SHA-256

Pairs lie in the order of their uids, which are hashes: shuffled, and the same each time. Every
picture is held against its name, which is its hash. A file appears whole or not at all and
`materialised.json` last, so a run that was killed goes on where it was.
"""

import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import files, record, tables
from curate.dataset.errors import DataError, ParamsError
from curate.forms import About, Sample
from curate.stage import cluster, plugin

FORMS = "curate.forms"
DONE_FILE = "materialised.json"
_WORK = ".materialising"  # folder for the plan, and what is known of each file that is done
_HEADER = 512  # bytes before a picture in its tar; they begin with its name


class Part(NamedTuple):
    """One file that is to be written."""

    name: str
    rows: pa.Table  # of schema `record.MANIFEST`


class Written(NamedTuple):
    """One file that is there."""

    name: str
    pairs: int
    bytes: int
    sha256: str
    kinds: dict[str, int]  # extensions of pictures, and how many have them


def export(
    snapshot: Path, out: files.Place, form: str, splits: Sequence[str], per_file: int
) -> list[Written]:
    """Write the pairs of some splits, or of all.

    Raises:
        DataError: there is no snapshot; a picture's bytes are not there or not what their name
            says; `out` holds something else.
        ParamsError: there is no such split, or a file shall hold no pair.
        PluginError: there is no such form.
    """
    writer = plugin.load(FORMS, form)
    document = document_of(snapshot)
    chosen = _chosen(list(document["splits"]), splits)
    if per_file < 1:
        raise ParamsError(f"--per-file is {per_file}; a file holds at least one pair")
    plan = {"snapshot": document["id"], "form": form, "splits": chosen, "per_file": per_file}
    if (found := _claim(out, plan)) is not None:
        return found
    parts = list(_parts(snapshot, chosen, per_file, writer))
    weights = [part.rows.num_rows for part in parts]
    done = cluster.map_shards(_part, parts, out, form, label="write", weights=weights, unit="pairs")
    writer.finish(out, About(document, {file.name: file.pairs for file in done}))
    for name in (record.DATASHEET_FILE, record.PROVENANCE_FILE):
        if (beside := snapshot / name).is_file():
            (out / name).write_bytes(beside.read_bytes())
    told = {**plan, "files": [file._asdict() for file in done]}
    _save(json.dumps(told, indent=2) + "\n", out / DONE_FILE)
    for file in (out / _WORK).glob("*"):
        file.unlink()
    if isinstance(out, Path):  # a store has no empty folders
        (out / _WORK).rmdir()
    return done


def document_of(snapshot: Path) -> dict[str, Any]:
    """What snapshot.json says, held against the manifest beside it.

    Raises:
        DataError: there is no snapshot, or its manifest is another one.
    """
    try:
        document: dict[str, Any] = json.loads(
            (snapshot / record.SNAPSHOT_FILE).read_text(encoding="utf-8")
        )
    except FileNotFoundError as error:
        raise DataError(f"no snapshot at {snapshot}: it has no {record.SNAPSHOT_FILE}") from error
    with (snapshot / record.MANIFEST_FILE).open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != document["manifest"]["sha256"]:
        raise DataError(
            f"{snapshot / record.MANIFEST_FILE} is not the one that {record.SNAPSHOT_FILE} beside "
            "it names; `pairwright repair` mends it"
        )
    return document


def _chosen(known: list[str], asked: Sequence[str]) -> list[str]:
    if unknown := sorted(set(asked) - set(known)):
        raise ParamsError(f"no split {', '.join(unknown)} (known: {', '.join(known)})")
    return [split for split in known if split in (asked or known)]


def _claim(out: files.Place, plan: dict[str, Any]) -> list[Written] | None:
    """Begin or go on with a plan; what was written where it is done already.

    Raises:
        DataError: `out` holds something else.
    """
    if out.is_file():
        raise DataError(f"{out} is a file; name a folder")
    for place in (out / DONE_FILE, out / _WORK / "plan.json"):
        if not place.is_file():
            continue
        told = json.loads(place.read_text())
        written = told.pop("files", None)
        if told != plan:
            raise DataError(
                f"{out} holds snapshot {told['snapshot'][:16]} as {told['form']} (splits "
                f"{', '.join(told['splits'])}, {told['per_file']} pairs a file), not what is "
                "asked for; name another folder, or remove it"
            )
        if written is None:
            return None
        if all((out / file["name"]).is_file() for file in written):
            return [Written(**file) for file in written]
        break  # some were taken away: they are written again
    else:
        _empty(out)
    (out / _WORK).mkdir(parents=True, exist_ok=True)
    _save(json.dumps(plan), out / _WORK / "plan.json")
    return None


def _empty(out: files.Place) -> None:
    if any(out.glob("*")):
        raise DataError(f"{out} is not empty; name a folder that is, or is not there")


def _save(text: str, place: files.Place) -> None:
    partial = files.partial(place)
    partial.write_text(text)
    files.settle(partial, place)


def _parts(
    snapshot: Path, splits: Sequence[str], per_file: int, writer: ModuleType
) -> Iterator[Part]:
    """The files, each with nearly the same number of pairs as the others of its split."""
    manifest = tables.conform(
        tables.read(snapshot / record.MANIFEST_FILE), record.MANIFEST, snapshot
    )
    for split in splits:
        rows = manifest.filter(pc.equal(manifest.column("split"), split))
        count = math.ceil(rows.num_rows / per_file)
        borders = [rows.num_rows * number // count for number in range(count + 1)]
        for number, (start, stop) in enumerate(itertools.pairwise(borders)):
            # take, not slice: a slice would travel to its worker with the whole table behind it
            yield Part(writer.name(split, number, count), rows.take(pa.array(range(start, stop))))


def _part(part: Part, out: files.Place, form: str) -> Written:
    """Write one file, in a worker, unless it is there."""
    told = out / _WORK / f"{part.name.replace('/', '-')}.json"
    if told.is_file() and (out / part.name).is_file():
        return Written(**json.loads(told.read_text()))
    partial = files.partial(out / part.name)
    kinds = Counter[str]()
    try:
        plugin.load(FORMS, form).write(_counted(part.rows, kinds), partial)
        with partial.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = partial.stat().st_size
        files.settle(partial, out / part.name)
    finally:
        partial.unlink(missing_ok=True)
    found = dict(sorted(kinds.items()))
    written = Written(part.name, part.rows.num_rows, size, digest, found)
    _save(json.dumps(written._asdict()), told)
    return written


def _counted(rows: pa.Table, kinds: Counter[str]) -> Iterator[Sample]:
    for sample in _samples(rows):
        kinds[sample.extension] += 1
        yield sample


def _samples(rows: pa.Table) -> Iterator[Sample]:
    """Pairs with their pictures, in the order of the rows, one after the other.

    Raises:
        DataError: a tar is missing, or its bytes are not what their name says.
    """
    told = rows.to_pylist()
    pieces = [
        files.Piece(f"{r['set']}/{r['shard']}", r["offset"] - _HEADER, r["size"] + _HEADER)
        for r in told
    ]
    with files.Pieces() as reader:
        read = {
            stored: reader.read([piece for piece in pieces if ("://" in piece.file) == stored])
            for stored in (False, True)
        }
        try:
            for row, piece in zip(told, pieces, strict=True):
                data = next(read["://" in piece.file])
                if record.image_name(data[_HEADER:]) != row["image"]:
                    raise DataError(
                        f"{piece.file} is damaged: the bytes of picture {row['image']} at "
                        f"{row['offset']} are not its own; `pairwright repair` mends it"
                    )
                member = data[: data.index(0)].decode()
                yield Sample(row, member.rpartition(".")[2], data[_HEADER:])
        except OSError as error:
            raise DataError(f"a tar that the snapshot points to cannot be read: {error}") from error
