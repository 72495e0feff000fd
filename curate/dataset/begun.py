"""With which model another began: a note in its folder, by which take-down follows what that saw.

    models/<name>/begun.json    {"model": folder as it was given, "ledger": hash of its ledger then}

A run outside DVC may begin with a model that learnt from what is taken down since; its own ledger
does not tell. A model's ledger lies in its folder, that of a state which its run kept
(`<model>/steps/step-<n>`) in the model's. Where there was none, or it is another by now, what the
model had seen is unknown.
"""

import json
from pathlib import Path
from typing import NamedTuple

from curate.dataset import files

FILE = "begun.json"
LEDGER = "ledger.parquet"
STATES = "steps"  # folder, in a model's, of the states that its run kept


class Begun(NamedTuple):
    """With what a model began.

    Attributes:
        model: the folder, as it was given.
        ledger: what that had seen; None: it is not at hand.
        until: the step up to which it had; None: all of it.
    """

    model: Path
    ledger: Path | None
    until: int | None


def note(folder: Path, begin: Path) -> None:
    """Write into a model's folder with which model it began."""
    ledger, _ = _ledger(begin)
    told = files.sha256(ledger) if ledger.is_file() else None
    text = json.dumps({"model": begin.as_posix(), "ledger": told}, indent=1)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def of(folder: Path) -> Begun | None:
    """With what the model of a folder began; None: with none, as far as it tells."""
    file = folder / FILE
    if not file.is_file():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    model = Path(told["model"])
    ledger, until = _ledger(model)
    there = ledger.is_file() and files.sha256(ledger) == told["ledger"]
    return Begun(model, ledger if there else None, until)


def _ledger(model: Path) -> tuple[Path, int | None]:
    """Where the ledger of a model or of a kept state should lie, and up to which step it counts."""
    name, _, step = model.name.partition("-")
    if name == "step" and step.isdigit() and model.parent.name == STATES:
        return model.parent.parent / LEDGER, int(step)
    return model / LEDGER, None
