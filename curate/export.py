"""A snapshot's references in; its pairs with their pictures, in files that trainers read, out.

    OUT/
        <files>             as a form of `curate.forms` names them
        README.md           a card, for people and for the Hugging Face hub
        parents.parquet     all parents of the made pairs, where there are made ones
        croissant.json      a datasheet of the files that are here
        provenance.json     what the snapshot was made with; one of before has none
        SHA256SUMS          for `sha256sum -c`
        materialised.json   which snapshot, and every file with its pairs, bytes and SHA-256

Pairs lie in the order of their uids, which are hashes: shuffled, and the same each time. Every
picture is held against its name, which is its hash. A file appears whole or not at all and
`materialised.json` last, so a run that was killed goes on where it was; what it left of a file that
it was at is cleared away by the next.
"""

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from curate import card, claim, contents, croissant, datasheet
from curate.dataset import files, parents, record, tables
from curate.dataset.errors import DataError, ParamsError
from curate.forms import About, Sample, Written
from curate.signing import TOLD, Signing, check, signed
from curate.snapshot import count
from curate.stage import cluster, plugin
from curate.stage import params as parameter_file
from curate.stage.run import as_json

FORMS = "curate.forms"
SUMS_FILE = "SHA256SUMS"
BESIDE = (record.CARD_FILE, record.DATASHEET_FILE, SUMS_FILE)
_DAMAGED = "\n- `sha256sum -c SHA256SUMS` names the files that are damaged or gone.\n"
_AGAIN = """\
- Remove those and run `pairwright materialise` as before: it writes what is not there, and the same
  snapshot gives the same bytes.
"""
_PROVED = """\
- `materialised.json` names the snapshot by its content id, a Merkle root: with the snapshot,
  `pairwright prove UID` shows that a pair is in it, or is not.
"""
_LITTLE = 1 << 30  # bytes of pictures; written about as soon as a local cluster has started
_DESCENT = """
`parents.parquet` has all parents of every made pair, a row each; `parent` is the first of them.
"""
_HEADER = 512  # bytes before a picture in its tar; they begin with its name


class Part(NamedTuple):
    """One file that is to be written."""

    name: str
    rows: pa.Table  # of schema `record.MANIFEST`


def export(
    snapshot: Path,
    out: files.Place,
    form: str,
    splits: Sequence[str],
    per_file: int,
    signing: Signing | None = None,
) -> list[Written]:
    """Write the pairs of some splits, or of all; what was made is signed, where somebody signs.

    Raises:
        DataError: there is no snapshot; a picture's bytes are not there or not what their name
            says; `out` holds something else.
        ParamsError: there is no such split, a file shall hold no pair, or nothing can be signed.
        PluginError: there is no such form.
    """
    plugin.load(FORMS, form)
    document = document_of(snapshot)
    chosen = _chosen(list(document["splits"]), splits)
    if per_file < 1:
        raise ParamsError(f"--per-file is {per_file}; a file holds at least one pair")
    plan = {"snapshot": document["id"], "form": form, "splits": chosen, "per_file": per_file}
    if signing is not None:
        check(signing)
        plan["certificate"] = files.sha256(signing.certificate)
    with claim.held(out):
        return claim.claim(out, plan) or _export(snapshot, out, plan, document, signing)


def _export(
    snapshot: Path,
    out: files.Place,
    plan: Mapping[str, Any],
    document: Mapping[str, Any],
    signing: Signing | None,
) -> list[Written]:
    form, chosen = plan["form"], plan["splits"]
    writer = plugin.load(FORMS, form)
    planned = list(_parts(snapshot, chosen, plan["per_file"], writer))
    done = _files(planned, out, form, signing)
    about = About(chosen, done, {part.name: part.rows for part in planned})
    beside = writer.finish(out, about)
    descent = _descent(snapshot, out, about)
    verify = _DAMAGED + (TOLD if signing else _AGAIN) + _PROVED
    _tell(out, document, writer, about, beside, descent, verify)
    made_with = snapshot / record.PROVENANCE_FILE
    if made_with.is_file():
        claim.save(made_with.read_text(encoding="utf-8"), out / record.PROVENANCE_FILE)
    told = {
        **plan,
        "files": [file._asdict() for file in done],
        "beside": [*(file.name for file in (*beside, *descent)), *BESIDE],
    }
    claim.save(as_json(told), out / claim.DONE_FILE)
    for file in (out / claim.WORK).glob("*"):
        file.unlink()
    if isinstance(out, Path):  # a store has no empty folders
        (out / claim.WORK).rmdir()
    return done


def _descent(snapshot: Path, out: files.Place, about: About) -> list[Written]:
    """Write the parents of the made pairs that were written; nothing where there are none."""
    uids = pa.chunked_array(
        [chunk for rows in about.rows.values() for chunk in rows.column("uid").chunks], pa.string()
    )
    rows = tables.rows_with(parents.of_snapshot(snapshot), "uid", uids)
    if not rows.num_rows:
        return []
    partial = files.partial(out / parents.FILE)
    tables.write(rows, partial, parents.KEY, record.PARENTS)
    pairs = len(pc.unique(rows.column("uid")))
    found = Written(parents.FILE, pairs, partial.stat().st_size, files.sha256(partial), {})
    files.settle(partial, out / parents.FILE)
    return [found]


def _tell(
    out: files.Place,
    document: Mapping[str, Any],
    writer: ModuleType,
    about: About,
    beside: Sequence[Written],
    descent: Sequence[Written],
    verify: str,
) -> None:
    """Write the datasheet, the card and the hashes of what is there."""
    params = parameter_file.build(
        datasheet.DatasheetParams, document["params"]["datasheet"], record.SNAPSHOT_FILE
    )
    rows = pa.concat_tables(about.rows.values())
    found = contents.count([rows])
    facts = {**document, **count(rows), "labels": []}  # labels stay with the snapshot
    described = writer.described(about, beside)
    records = [croissant.pairs(described.fields)]
    distribution = list(described.distribution)
    for file in descent:
        words = f"All parents of {file.pairs:,} made pairs."
        about_it = file._asdict()
        kind = croissant.PARQUET
        distribution.append(croissant.file(file.name, file.name, kind, about_it, words))
    sheet = croissant.document(facts, params, found, distribution, records)
    claim.save(as_json(sheet), out / record.DATASHEET_FILE)
    text = card.text(
        facts,
        params,
        found,
        read=writer.READ + (_DESCENT if descent else ""),
        verify=verify,
        files=described.files,
        columns=writer.COLUMNS,
    )
    claim.save(text, out / record.CARD_FILE)
    sums = [f"{file.sha256}  {file.name}\n" for file in [*about.files, *beside, *descent]]
    claim.save("".join(sums), out / SUMS_FILE)


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
    if files.sha256(snapshot / record.MANIFEST_FILE) != document["manifest"]["sha256"]:
        raise DataError(
            f"{snapshot / record.MANIFEST_FILE} is not the one that {record.SNAPSHOT_FILE} beside "
            "it names; `pairwright repair` mends it"
        )
    return document


def _chosen(known: list[str], asked: Sequence[str]) -> list[str]:
    if unknown := sorted(set(asked) - set(known)):
        raise ParamsError(f"no split {', '.join(unknown)} (known: {', '.join(known)})")
    return [split for split in known if split in (asked or known)]


def _parts(
    snapshot: Path, splits: Sequence[str], per_file: int, writer: ModuleType
) -> Iterator[Part]:
    """The files, each with nearly the same number of pairs as the others of its split."""
    manifest = tables.conform(
        tables.read(snapshot / record.MANIFEST_FILE), record.MANIFEST, snapshot
    )
    for split in splits:
        rows = manifest.filter(pc.equal(manifest.column("split"), split))
        number_of = math.ceil(rows.num_rows / per_file)
        borders = [rows.num_rows * number // number_of for number in range(number_of + 1)]
        for number, (start, stop) in enumerate(itertools.pairwise(borders)):
            # take, not slice: a slice would travel to its worker with the whole table behind it
            yield Part(
                writer.name(split, number, number_of), rows.take(pa.array(range(start, stop)))
            )


def _files(
    planned: Sequence[Part], out: files.Place, form: str, signing: Signing | None
) -> list[Written]:
    """Write all files: a few in this process, in the time that others would take to start."""
    little = sum(pc.sum(part.rows.column("size")).as_py() for part in planned) <= _LITTLE
    label, unit = "write", "pairs"
    weights = [part.rows.num_rows for part in planned]
    if not little or not isinstance(out, Path) or cluster.named():
        return cluster.map_shards(
            _part, planned, out, form, signing, label=label, weights=weights, unit=unit
        )
    done = []
    with cluster.progress(sum(weights), label, unit) as bar:
        for part in planned:
            done.append(_part(part, out, form, signing))
            bar.update(part.rows.num_rows)
    return done


def _part(part: Part, out: files.Place, form: str, signing: Signing | None) -> Written:
    """Write one file, in a worker, unless it is there."""
    told = claim.known(out, part.name)
    if told.is_file() and (out / part.name).is_file():
        return Written(**json.loads(told.read_text()))
    partial = files.partial(out / part.name)
    kinds = Counter[str]()
    samples = signed(_samples(part.rows), signing)
    try:
        plugin.load(FORMS, form).write(_counted(samples, kinds), partial)
        size, digest = partial.stat().st_size, files.sha256(partial)
        files.settle(partial, out / part.name)
    finally:
        partial.unlink(missing_ok=True)
    found = dict(sorted(kinds.items()))
    written = Written(part.name, part.rows.num_rows, size, digest, found)
    claim.save(json.dumps(written._asdict()), told)
    return written


def _counted(samples: Iterator[Sample], kinds: Counter[str]) -> Iterator[Sample]:
    for sample in samples:
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
