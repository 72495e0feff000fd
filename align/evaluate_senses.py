"""Knowledge labels and a list of nouns with the senses that a reader accepts in; accuracy out.

    python -m align.evaluate_senses tests/align/senses.csv

The list is a CSV file: `source`, `url`, `caption`, `start`, `end` (of the noun, characters),
`lemma`, `senses` (WordNet's names, parted by spaces). A noun is found in the pool by its picture's
URL, caption and place. The first sense of WordNet is the baseline, by the same nouns.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import typer

from curate.dataset import tables, wordnet
from curate.dataset.errors import DataError, PairwrightError
from curate.dataset.wordnet import NOUN, WordNet

_COLUMNS = ("url", "caption", "start", "end", "lemma", "senses")


def main(
    nouns: Annotated[Path, typer.Argument(help="List of nouns and their senses, .csv.")],
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    package: Annotated[str, typer.Option(help="Fetched package of WordNet.")] = "wordnet-base",
) -> None:
    """Say which share of a list's nouns has a sense that a reader accepts."""
    database = wordnet.open_folder(wordnet.folder_of(data / "packages", package).resolve())
    for line in lines(evaluate(_read(nouns), data, database)):
        typer.echo(line)


def evaluate(nouns: list[dict[str, str]], data: Path, database: WordNet) -> dict[str, Counter[str]]:
    """Counts of `listed`, `linked`, `right` and `first` (whose first sense is right), by source."""
    chosen = _chosen(nouns, data)
    counts: dict[str, Counter[str]] = {}
    for noun in nouns:
        accepted = noun["senses"].split()
        own = counts.setdefault(noun.get("source") or "all", Counter())
        own["listed"] += 1
        synset = chosen.get(_place(noun))
        if synset is None:
            continue
        own["linked"] += 1
        own["right"] += database.synset(synset).name in accepted
        first = database.senses(noun["lemma"], NOUN)[:1]
        own["first"] += any(database.synset(id_).name in accepted for id_ in first)
    return counts


def lines(counts: dict[str, Counter[str]]) -> list[str]:
    """A line for each source and one for all."""
    whole = sum(counts.values(), Counter())
    return [
        f"{name}: of {own['listed']} nouns {own['linked']} linked; the sense is right of "
        f"{own['right'] / max(own['linked'], 1):.1%}, the first sense would be of "
        f"{own['first'] / max(own['linked'], 1):.1%}"
        for name, own in [*sorted(counts.items()), ("all sources", whole)]
    ]


def _read(file: Path) -> list[dict[str, str]]:
    try:
        with file.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
    except OSError as error:
        raise DataError(f"no list of nouns at {file}: {error}") from error
    if not rows or (lacking := [name for name in _COLUMNS if name not in rows[0]]):
        said = "is empty" if not rows else f"has no column {', '.join(lacking)}"
        raise DataError(f"{file} {said}; it needs {', '.join(_COLUMNS)}")
    return rows


def _place(noun: dict[str, Any]) -> tuple[str, str, int]:
    return noun["url"], noun["caption"], int(noun["end"])


def _chosen(nouns: list[dict[str, str]], data: Path) -> dict[tuple[str, str, int], str]:
    """URL, caption and end of a noun -> synset that it is linked to."""
    pairs = tables.read(data / "pool" / "pairs.parquet", ["uid", "url", "caption"])
    wanted = pc.is_in(pairs.column("url"), value_set=pa.array(sorted({n["url"] for n in nouns})))
    told = {row["uid"]: (row["url"], row["caption"]) for row in pairs.filter(wanted).to_pylist()}
    nodes = tables.read(data / "labels/scene/nodes.parquet", ["uid", "node", "end"])
    ends = {
        (row["uid"], row["node"]): row["end"] for row in nodes.to_pylist() if row["uid"] in told
    }
    links = tables.read(data / "labels/knowledge/links.parquet", ["uid", "node", "synset"])
    return {
        (*told[row["uid"]], ends[row["uid"], row["node"]]): row["synset"]
        for row in links.to_pylist()
        if (row["uid"], row["node"]) in ends
    }


if __name__ == "__main__":
    try:
        typer.run(main)
    except PairwrightError as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from error
