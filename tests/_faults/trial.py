"""A stage and a fault in; whether the next run gives what an undisturbed one gives, out."""

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests._faults import strikes
from tests._faults.site import Server
from tests._faults.stage import Job, Stage, digests
from tests._faults.strikes import STRIKES, Known


class Outcome(NamedTuple):
    """What came of a trial."""

    stage: str
    fault: str
    what: str  # was done
    survived: bool
    clear: bool  # whether all that the struck stage said was for people
    why: str  # it did not survive, or was not clear


def known(project: Path, stage: Stage, site: Server, folder: Path) -> Known:
    """Run a stage undisturbed.

    Raises:
        RuntimeError: it fails, or gives something else than it gave before.
    """
    with _job(project, stage, folder, False) as job:
        before, asked = job.size(), site.asked
        ended = job.run()
        if ended.code:
            raise RuntimeError(f"{stage.name} fails undisturbed: {ended.said[-2000:]}")
        made = digests(stage, folder)
        if differs := _differing(made, digests(stage, project)):
            raise RuntimeError(f"{stage.name} gives other bytes each time: {differs}")
        return Known(ended.seconds, job.size() - before, made, site.asked - asked)


def trial(
    project: Path,
    stage: Stage,
    fault: str,
    undisturbed: Known,
    draw: random.Random,
    site: Server,
    folder: Path,
) -> Outcome | None:
    """Strike a stage and run it again; None: the fault did not strike, or cannot be had here.

    Args:
        project: finished; it stays as it is.
        stage: of it.
        fault: key of `STRIKES`.
        undisturbed: of the stage, as `known` gives it.
        draw: decides when and where.
        site: the web site that the project crawls.
        folder: for the stage's own copy of the project; it is removed.
    """
    with _job(project, stage, folder, fault == "full_disk") as job:
        if job is None:
            return None
        struck = STRIKES[fault](job, undisturbed, draw, site)
        if struck is None:
            return None
        if struck.then is None:
            job.clear()
        again = job.run(struck.then)
        differs = _differing(digests(stage, folder), undisturbed.digests)
        unclear = [ended.said[-1500:] for ended in struck.ended if not ended.clear]
        why = f"again: {again.said[-1500:]}" if again.code else differs
        return Outcome(
            stage.name, fault, struck.what, not why, not unclear, why or "\n".join(unclear)
        )


@contextmanager
def _job(project: Path, stage: Stage, folder: Path, small: bool) -> Iterator[Job | None]:
    folder.mkdir(parents=True)
    mounted = small and strikes.mounted(folder)
    try:
        yield Job(project, stage, folder) if mounted or not small else None
    finally:
        if mounted:
            strikes.unmount(folder)
        shutil.rmtree(folder)


def _differing(made: dict[str, str], wanted: dict[str, str]) -> str:
    """Files that are others, or are not there, or should not be."""
    return ", ".join(
        name for name in sorted(made.keys() | wanted.keys()) if made.get(name) != wanted.get(name)
    )
