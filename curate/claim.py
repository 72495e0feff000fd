"""A folder or store and what is to be written there in; the right to do so, or to go on, out.

Beside the files that are written lies `.materialising` until all are: the plan, and what is known
of each file that is whole.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from curate.dataset import files
from curate.dataset.errors import DataError
from curate.forms import Written
from curate.stage.alone import alone

DONE_FILE = "materialised.json"
WORK = ".materialising"


@contextlib.contextmanager
def held(out: files.Place) -> Iterator[None]:
    """Keep other runs on this machine from the same folder; from a store, nobody is kept.

    Raises:
        BusyError: one is at it.
    """
    if not isinstance(out, Path) or out.is_file():
        yield
        return
    out.mkdir(parents=True, exist_ok=True)
    with alone(out, out):
        yield


def claim(out: files.Place, plan: dict[str, Any]) -> list[Written] | None:
    """Begin or go on with a plan; what was written where it is done already.

    Raises:
        DataError: `out` holds something else.
    """
    if out.is_file():
        raise DataError(f"{out} is a file; name a folder")
    _clear(out)
    for place in (out / DONE_FILE, out / WORK / "plan.json"):
        if not place.is_file():
            continue
        told = json.loads(place.read_text())
        written, beside = told.pop("files", None), told.pop("beside", [])
        if told != plan:
            raise DataError(
                f"{out} holds snapshot {told['snapshot'][:16]} as {told['form']} (splits "
                f"{', '.join(told['splits'])}, {told['per_file']} pairs a file), not what is "
                "asked for; name another folder, or remove it"
            )
        if written is None:
            return None
        there = [file for file in written if (out / file["name"]).is_file()]
        if len(there) == len(written) and all((out / name).is_file() for name in beside):
            return [Written(**file) for file in written]
        (out / WORK).mkdir(parents=True, exist_ok=True)
        for file in there:  # what was taken away is written again, and no other
            save(json.dumps(file), known(out, file["name"]))
        break
    else:
        _check_empty(out)
    (out / WORK).mkdir(parents=True, exist_ok=True)
    save(json.dumps(plan), out / WORK / "plan.json")
    return None


def _clear(out: files.Place) -> None:
    """Remove what a run that was killed left of files that it was at."""
    if isinstance(out, Path):  # on a store there are none: they are put in one step
        for file in out.rglob(".*.partial"):
            file.unlink()


def _check_empty(out: files.Place) -> None:
    if any(file.name != WORK for file in out.glob("*")):
        raise DataError(f"{out} is not empty; name a folder that is, or is not there")


def save(text: str, place: files.Place) -> None:
    """Write a text, whole or not at all."""
    partial = files.partial(place)
    partial.write_text(text, encoding="utf-8")
    files.settle(partial, place)


def known(out: files.Place, name: str) -> files.Place:
    """Where it says of a file that is whole what it is."""
    return out / WORK / f"{name.replace('/', '-')}.json"
