"""Figures of single runs in; one table of the runs of each task, beside each other, out.

The runs are those of `finetune` and `multitask`: by several losses, of a model that was pretrained
on with the task, of one that learnt all tasks. Each stands by the first figure of its task's
measure (`train/tasks/metrics/`), and written captions by SPICE, too, beside the model that it began
with, where that could do the task, and beside what learns from no picture. Models that were
pretrained alike are compared by `train.task_comparison`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.stage import markdown
from curate.stage.run import run

_MODEL, _ANSWER = "found", "answer"  # what the run itself reached; what an answer costs
_SPICE = "spice"


class _Row(NamedTuple):
    """What one run reached by one figure."""

    task: str
    figure: str
    run: str  # its folder under models/
    examples: int
    reached: dict[str, float]  # the run itself, and what stands beside it


def main(
    runs: Path, multitask: Path, captions: Path, captions_multitask: Path, table: Path
) -> dict[str, Any]:
    """Put the runs of each task beside each other.

    Args:
        runs: folder of their figures, `<run>.json`, as `train.evaluate_task` gives them.
        multitask: folder of the same of several tasks, as `train.evaluate_multitask` gives them.
        captions: folder of their SPICE, `<run>.json`, as `align.evaluate_captions` gives it.
        captions_multitask: folder of the same of models of several tasks, `<task>-<run>.json`.
        table: file of the table as Markdown, a row for each task, figure and run.

    Returns:
        By task, figure and run: the number of examples, what the run reached, and what stands
        beside it.
    """
    rows: list[_Row] = []
    for name, own in _each(runs):
        rows += _rows(f"finetuned/{name}", own, captions / f"{name}.json")
    for name, several in _each(multitask):
        for task, own in several.items():
            rows += _rows(f"multitask/{name}", own, captions_multitask / f"{task}-{name}.json")
    found: dict[str, Any] = {}
    for row in rows:
        of_figure = found.setdefault(row.task, {}).setdefault(row.figure, {})
        of_figure[row.run] = {"examples": row.examples, **row.reached}
    markdown.write(_lines(rows), table)
    return found


def _each(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Figures of each run of a folder by its name."""
    for file in sorted(folder.glob("*.json")):
        yield file.stem, json.loads(file.read_text(encoding="utf-8"))


def _rows(run_name: str, own: Mapping[str, Any], spice: Path) -> Iterator[_Row]:
    """A run by the first figure of its task's measure, and by SPICE where that was measured."""
    figure = next(iter(own[_MODEL]))
    yield _Row(own["task"], figure, run_name, own["examples"], _by(figure, own))
    if spice.is_file():
        said = json.loads(spice.read_text(encoding="utf-8"))
        if _MODEL in said:
            yield _Row(own["task"], _SPICE, run_name, said["captions"], _by(_SPICE, said))


def _by(figure: str, own: Mapping[str, Any]) -> dict[str, float]:
    """What a run, and all that stands beside it, reached by a figure."""
    each = {name: one for name, one in own.items() if isinstance(one, Mapping) and name != _ANSWER}
    return {name: one[figure] for name, one in each.items() if figure in one}


def _lines(rows: Sequence[_Row]) -> list[str]:
    """The runs of a task and figure beneath each other."""
    beside = list(dict.fromkeys(n for row in rows for n in row.reached if n != _MODEL))
    heads = ["task", "figure", "examples", "run", *(n.replace("_", " ") for n in beside), "reached"]
    lines = []
    groups = list(dict.fromkeys((row.task, row.figure) for row in rows))
    tasks = [task for task, _ in groups]
    place = {group: (tasks.index(group[0]), at) for at, group in enumerate(groups)}
    for row in sorted(rows, key=lambda row: place[row.task, row.figure]):
        figure = row.figure.replace("_", " ")
        cells = [_cell(row.reached.get(name)) for name in (*beside, _MODEL)]
        lines.append([row.task, figure, f"{row.examples:,}", row.run, *cells])
    return markdown.table(heads, lines)


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    run("train.task_runs", section="finetune")
