"""The register of evaluation sets: where their pictures, hashes, vectors and captions lie.

The scorers `leakage`, `leakage_semantic` and `leakage_caption` hold the pool against it. Their
tables carry it as metadata, with a hash of what each set held, so that whoever reads a table of
leaks (the snapshot, and through it the trainer) knows what was looked for.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.dataset.read_once import hashed
from curate.stage.params import parameters

REGISTER = "evaluation_sets"  # metadata of a table of leaks: the register, as JSON
HIT = (
    pa.field("of", pa.string()),  # the evaluation set; the nearest one, else the first by name
    pa.field("item", pa.string()),  # a file below its folder, or as its table names it
    pa.field("kind", pa.string()),  # of the nearest, of `record.LEAK_KINDS`
    pa.field("distance", pa.float32()),  # to it: bits of 64, or 1 - correlation, cosine or Jaccard
)
"""What every table of leaks says of the nearest thing that an evaluation set holds."""
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})


@parameters
class EvaluationSet:
    """One evaluation set: at least one of its three parts."""

    path: str | None = None  # folder of pictures, or .parquet or .csv with sha256 or phash
    embeddings: str | None = None  # .parquet with `vector`, or a folder that the scorer clip wrote
    captions: str | None = None  # .parquet or .csv with `caption`, or .txt with one a line
    version: str | None = None  # as its publisher names it


Hit = tuple[str, str, str, float]  # set, item, kind, distance
Sets = dict[str, EvaluationSet | str]  # by name; a string is a path


def registered(sets: Sets, part: str, where: str) -> tuple[tuple[str, str], ...]:
    """Names and places of the sets that have one part, sorted by name.

    Args:
        sets: the register.
        part: path, embeddings or captions.
        where: parameter of the register, for messages.

    Raises:
        DataError: no set is registered, or none has the part, or its place does not exist.
    """
    if not sets:
        raise DataError(f"{where} names no evaluation set; give name: {{{part}: …}}")
    found = [(name, getattr(full(one), part)) for name, one in sorted(sets.items())]
    places = tuple((name, place) for name, place in found if place is not None)
    if not places:
        raise DataError(f"{where}: no evaluation set ({', '.join(sorted(sets))}) has {part}")
    for name, place in places:
        if not Path(place).exists():
            raise DataError(
                f"evaluation set {name}, {place}: no such folder or table ({where}.{name}.{part})"
            )
    return places


def full(one: EvaluationSet | str) -> EvaluationSet:
    """A set of which a string gives the path alone."""
    return EvaluationSet(path=one) if isinstance(one, str) else one


def told(sets: Sets, places: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The register as metadata of a table: name, version, place and hash of each set."""
    said = [
        {"name": name, "version": full(sets[name]).version, "place": place, "hash": content(place)}
        for name, place in places
    ]
    return {REGISTER: json.dumps(said, sort_keys=True)}


def content(place: str) -> str:
    """Hash of a file, or of all files below a folder; of files that stay it is computed once."""
    return hashed(Path(place))


def files(sets: tuple[tuple[str, str], ...]) -> list[str]:
    """Where sets lie, of what `registered` gives: what is read of them hangs on these files."""
    return [place for _, place in sets]


def pictures(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file below a folder that is named like a picture, sorted."""
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in _PICTURES and file.is_file():
            yield file.relative_to(folder).as_posix(), file.read_bytes()


def table(file: Path, where: str, text: tuple[str, ...]) -> pa.Table:
    """A .parquet or .csv table.

    Args:
        file: its path.
        where: set and path, for messages.
        text: columns that are read as text, whatever they look like.

    Raises:
        DataError: it cannot be read, has none of these columns, or no row.
    """
    try:
        if file.suffix.lower() == ".csv":
            options = pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(text, pa.string()), strings_can_be_null=True
            )
            found = pyarrow.csv.read_csv(file, convert_options=options)
        else:
            found = pq.read_table(file, **tables.VERIFIED)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{where} cannot be read as .parquet or .csv: {error}") from error
    if not set(text) & set(found.column_names):
        there = ", ".join(found.column_names)
        raise DataError(f"{where} has no column {' or '.join(text)}; it has {there}")
    if found.num_rows == 0:
        raise DataError(f"{where} is empty: it has columns and no row")
    return found


def items(found: pa.Table) -> list[str]:
    """Names of a table's rows: its column `item`, else `image`, else `uid`, else their numbers."""
    for name in ("item", "image", "uid"):
        if name in found.column_names:
            return [str(value) for value in found.column(name).to_pylist()]
    return [f"row {number}" for number in range(found.num_rows)]


def hits(own: dict[str, list[Any]], found: Sequence[Hit | None]) -> dict[str, list[Any]]:
    """Columns of a table of leaks: a scorer's own, then those of `HIT`."""
    parts = list(zip(*(hit or (None,) * len(HIT) for hit in found), strict=True))
    named = {field.name: list(parts[place]) if parts else [] for place, field in enumerate(HIT)}
    return own | named
