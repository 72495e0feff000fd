"""Folders of figures in; what was measured of each task, out."""

import difflib
from pathlib import Path

from curate.choosing import commands, retrieval, tasks
from curate.choosing.candidate import RETRIEVAL, Measured
from curate.dataset import memory, record
from curate.dataset.errors import DataError

NOTHING = (
    f"no model was measured yet: `{commands.FIRST}` trains models alike and compares them, "
    f"`{commands.FIRST_WAYS}` does so with one model that takes pictures in by several ways, "
    f"`{commands.SMALL}` measures variants of one for small devices, `{commands.FIRST_TASKS}` has "
    "models do tasks"
)


def read(figures: Path, of_tasks: Path | None = None) -> dict[str, Measured]:
    """Everything that was measured, by task.

    Args:
        figures: folder of the stages' metrics.
        of_tasks: folder of those of the tasks' stages; None: tasks are left out.
    """
    found = {RETRIEVAL: retrieval.read(figures)}
    for task, own in (tasks.read(figures, of_tasks) if of_tasks is not None else {}).items():
        known = found.setdefault(task, Measured())
        known.candidates.extend(own.candidates)
        known.missing.extend(own.missing)
    return {task: own for task, own in found.items() if own.candidates or own.missing}


def named(task: str, measured: dict[str, Measured]) -> str:
    """The task that is meant: by its name, or by a part of it that no other has.

    Raises:
        DataError: nothing was measured at all, or not this; says what was.
    """
    if not measured:
        raise DataError(NOTHING)
    alike = [task] if task in measured else [known for known in measured if task in known]
    if len(alike) == 1:
        return alike[0]
    close = difflib.get_close_matches(task, measured, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    raise DataError(
        f"no model was measured by a task {task!r}{guess} (measured: {', '.join(measured)}); "
        f"`{commands.FIRST_TASKS}` measures those of comparison.tasks"
    )


def stale(measured: Measured, snapshot: Path) -> list[str]:
    """Names of candidates that were measured on another snapshot than that of a folder."""
    manifest = snapshot / record.MANIFEST_FILE
    if not manifest.is_file():
        return []
    now = memory.fingerprint(manifest)
    return [c.name for c in measured.candidates if c.snapshot not in (None, now)]
