"""A trained model and some batches of one in; its room, and time and memory of an answer, out.

Time and memory are those of a process of its own on one thread, which loads the model and answers
one batch after another, as `train/devices/timed.py` has it of a form for devices. The model runs in
PyTorch, as it was trained: what it costs in a form for small devices is another figure.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.dataset.errors import DataError
from train.params import Writing

if TYPE_CHECKING:
    from train.batch import Batch

_ALONE = "import sys; from train.costs import main; main(*sys.argv[1:])"


def of_answers(
    model: Path, batches: Sequence["Batch"], writing: Writing | None = None
) -> dict[str, float]:
    """What a model's files weigh, and what an answer takes.

    Args:
        model: folder.
        batches: of one each, as the model is given them.
        writing: how texts are written, where it is to write some; None: it is asked whether
            caption and picture belong together, or, where it never learnt that, for the two
            vectors that say so.

    Returns:
        bytes, p50_ms, p99_ms and peak_mib.

    Raises:
        DataError: it could not be run; says why.
    """
    import torch

    from train.model import CONFIG_FILE, WEIGHTS_FILE

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "batches.pt"
        torch.save((list(batches), writing), file)
        told = alone(_ALONE, str(model), str(file))
    size = sum((model / name).stat().st_size for name in (CONFIG_FILE, WEIGHTS_FILE))
    return {"bytes": size, **told}


def alone(code: str, folder: str, *rest: str) -> dict[str, float]:
    """What a program prints as its last line, run on one thread with a folder as its argument.

    Raises:
        DataError: it failed; says why.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, folder, *rest]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if ran.returncode:
        said = ran.stderr.strip().rpartition("\n")[2]
        raise DataError(f"{folder} could not be run: {said}")
    told: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return told


def main(model: str, file: str) -> None:
    """Print the figures as one line of JSON."""
    import torch

    from train.devices import timed

    batches, writing = torch.load(file, weights_only=False)
    answer = _answering(Path(model), writing)
    with torch.inference_mode():
        print(json.dumps(timed.measured(answer, batches)))


def _answering(folder: Path, writing: Writing | None) -> Callable[["Batch"], Any]:
    """The function that answers a batch."""
    from train import examine
    from train.model import load
    from train.text import Words

    model = load(folder)
    if writing is None:
        return model.match if model.matches else model.vectors
    (task,) = examine.tasks(model.plan.objectives)
    if hasattr(task.module, "written"):
        words = Words(folder)
        return lambda batch: task.module.written(model, batch, words, writing)
    head: Any = model.heads[task.name]
    return lambda batch: head.logits(model.states(batch), batch)
