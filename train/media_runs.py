"""Figures of models that have further media in; one table of who finds whom, and how well, out.

A row is one direction: by what is asked and what is found, among how many, and how often the right
one is first, or among the first five or ten, beside how many times that is chance.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from curate.stage import markdown
from curate.stage.run import run

_RANKS = (1, 5, 10)
_WAY = "_retrieval"  # behind what is found
_EVERY = "all"  # languages together
_HEADS = ("run", "pairs with", "language", "direction", "candidates")


def main(runs: Path, table: Path) -> dict[str, Any]:
    """Put every direction of retrieval of all runs beneath each other.

    Args:
        runs: folder of their figures, `<run>.json`, as `train.evaluate_media` gives them.
        table: file of the table as Markdown.

    Returns:
        `rows`: of each direction the run, the media that its pairs have, the language of the
        captions (`all`: every one), what is asked by, what is found, the number of candidates, and
        recall and times chance at 1, 5 and 10.
    """
    rows = [
        {"run": file.stem, **row}
        for file in sorted(runs.glob("*.json"))
        for row in _rows(json.loads(file.read_text(encoding="utf-8")))
    ]
    markdown.write(_lines(rows), table)
    return {"rows": rows}


def _rows(figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Directions of a run: of each media together, then over all languages, then in each."""
    for some, own in figures.items():
        if not isinstance(own, Mapping):
            continue  # the model's name, and the split's
        for language, pairs in {_EVERY: own["pairs"], **own["languages"]}.items():
            for two, ways in pairs.items():
                for way, told in ways.items():
                    found = way.removesuffix(_WAY)
                    (by,) = set(two.split("_")) - {found}
                    start = {"media": some.split("_"), "language": language, "by": by}
                    yield {**start, "found": found, **_told(told)}


def _told(way: Mapping[str, float]) -> dict[str, float]:
    names = (f"{figure}_at_{rank}" for figure in ("recall", "times_chance") for rank in _RANKS)
    return {"candidates": way["candidates"], **{name: way[name] for name in names}}


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    heads = [*_HEADS, *(f"R@{rank}" for rank in _RANKS), *(f"× chance @{rank}" for rank in _RANKS)]
    lines = []
    for row in rows:
        recalls = [f"{row[f'recall_at_{rank}']:.3f}" for rank in _RANKS]
        times = [f"{row[f'times_chance_at_{rank}']:.1f}" for rank in _RANKS]
        start = [row["run"], " and ".join(row["media"]), row["language"]]
        direction = f"{row['by']} → {row['found']}"
        lines.append([*start, direction, f"{row['candidates']:,}", *recalls, *times])
    return markdown.table(heads, lines)


if __name__ == "__main__":
    run("train.media_runs", section="evaluate_media")
