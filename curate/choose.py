"""`pairwright choose`: a task and limits in; which model to take, by what was measured, out.

Nothing is measured here and nothing is assumed: the answer is that of the tables that
`dvc repro` left, and says what they lack.
"""

from pathlib import Path
from typing import Annotated

import typer

from curate.choosing.candidate import RETRIEVAL

_Limit = float | None


def choose(
    task: Annotated[
        str, typer.Option(help="Name, or a part of one; all models are measured by retrieval.")
    ] = RETRIEVAL,
    latency_ms: Annotated[
        _Limit, typer.Option(min=0, help="CPU time of an answer on one core, for 99 of 100.")
    ] = None,
    memory_mb: Annotated[
        _Limit, typer.Option(min=0, help="Peak of a process that only answers.")
    ] = None,
    size_mb: Annotated[_Limit, typer.Option(min=0, help="The model's files.")] = None,
    training_hours: Annotated[_Limit, typer.Option(min=0, help="CPU time of training one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page of all tasks.")] = None,
    figures: Annotated[Path, typer.Option(help="Folder of the stages' figures.")] = Path("metrics"),
    tasks: Annotated[Path, typer.Option(help="Folder of those of tasks.")] = Path("tasks/metrics"),
    snapshot: Annotated[Path, typer.Option(help="What models should have been trained on.")] = Path(
        "data/snapshot"
    ),
) -> None:
    """Say which model and variant to take for a task, by what was measured here, and how surely."""
    from curate.choosing import measured as tables
    from curate.choosing import shown, told
    from curate.choosing.choice import Limits, choices
    from curate.stage.run import as_json

    measured = tables.read(figures, tasks)
    name = tables.named(task, measured)
    limits = Limits(latency_ms, memory_mb, size_mb, training_hours)
    missing, stale = measured[name].missing, tables.stale(measured[name], snapshot)
    answer = told.Answer(name, limits, choices(measured[name], limits), missing, stale)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(shown.page(measured), encoding="utf-8")
    if json:
        typer.echo(as_json(told.document(answer)), nl=False)
        return
    for line in told.lines(answer):
        typer.echo(line)
