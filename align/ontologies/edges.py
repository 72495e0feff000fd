"""A table of edges in, a CSV or parquet file with source, relation and target; its graph out.

Relations that labels follow are `kind_of`, `part_of` and `member_of`; `same_as` leads to a synset
of WordNet, by its name (`dog.n.01`) or id; any other name is kept as it is. A concept is called as
its id, underscores read as spaces, unless a second table (`concept`, `name`, perhaps
`description`; several rows: aliases) says otherwise.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from align.ontologies import SAME_AS, Concept, Fact, Ontology
from curate.dataset import tables
from curate.dataset.errors import DataError
from curate.dataset.wordnet import NOUN, WordNet
from curate.stage.params import parameters

_EDGE = ("source", "relation", "target")


@parameters
class Params:
    """Files."""

    path: str  # of edges, .csv or .parquet
    names: str | None = None  # of concepts, the same


def load(name: str, params: Params, packages: Path, database: WordNet) -> Ontology:  # noqa: ARG001
    """The graph of a table of edges.

    Raises:
        DataError: a file is missing, is no table, or lacks a column or a value.
    """
    edges = list(_rows(Path(params.path), _EDGE))
    told: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(Path(params.names), ("concept", "name")) if params.names else ():
        told.setdefault(row["concept"], []).append(row)
    same = {
        row["source"]: synset_of(row["target"], database)
        for row in edges
        if row["relation"] == SAME_AS
    }
    others = [row for row in edges if row["relation"] != SAME_AS]
    ids = {row[end] for row in others for end in ("source", "target")} | set(same) | set(told)
    concepts = {}
    for own in sorted(ids):
        rows = told.get(own, [])
        names = [row["name"] for row in rows] or [own.replace("_", " ")]
        description = next((row["description"] for row in rows if row.get("description")), "")
        id_ = f"{name}:{own}"
        concepts[id_] = Concept(id_, names[0], tuple(names[1:]), description, same.get(own))
    facts = (
        Fact(f"{name}:{row['source']}", row["relation"], f"{name}:{row['target']}")
        for row in others
    )
    return Ontology(concepts, tuple(dict.fromkeys(facts)))


def synset_of(said: str, database: WordNet) -> str | None:
    """Id of a synset by its name (dog.n.01) or id; None where WordNet has none of it."""
    lemma, _, rest = said.partition(f".{NOUN}.")
    senses = database.senses(lemma, NOUN) if rest.isdecimal() else []
    if 0 < int(rest or 0) <= len(senses):
        return senses[int(rest) - 1]
    try:
        return database.synset(said).id
    except DataError:
        return None


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Rows of a table, all of whose named columns are there and filled."""
    table = _csv(file) if file.suffix == ".csv" else tables.read(file)
    if lacking := [column for column in columns if column not in table.column_names]:
        raise DataError(
            f"{file} has no column {', '.join(lacking)} (there: {', '.join(table.column_names)})"
        )
    for number, row in enumerate(table.to_pylist(), 1):
        if empty := [column for column in columns if row[column] in (None, "")]:
            raise DataError(f"{file}, row {number}: {', '.join(empty)} is empty")
        yield {key: value if value is None else str(value) for key, value in row.items()}


def _csv(file: Path) -> pa.Table:
    try:
        return csv.read_csv(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{file} is no CSV table: {error}") from error
