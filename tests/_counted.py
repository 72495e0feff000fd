"""The image scorer, which notes every picture that it is asked about and may be held at one."""

import os
import time
from pathlib import Path

import pyarrow as pa

from curate import together
from curate.scorers import image


def score(rows: pa.Table, folder: Path) -> pa.Table:
    """Scores of pictures; `asked` in the folder gets a line for each, with the process's id.

    Where the picture that the file `held` names is among them, `reached` is written and no answer
    given until `held` is gone.
    """
    names = rows.column("image").to_pylist()
    with (folder / "asked").open("a") as file:
        file.write("".join(f"{name} {os.getpid()}\n" for name in names))
    held = folder / "held"
    if held.is_file() and held.read_text() in names:
        (folder / "reached").touch()
        while held.is_file():
            time.sleep(0.02)
    return together.measure(rows, [(image, image.Params())])[0]
