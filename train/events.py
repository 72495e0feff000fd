"""Logged values of a run in; TensorBoard's event files out, beside what DVCLive writes.

`tensorboard --logdir .pairwright/tensorboard` shows them. They hold the time of day, so they are no
output of a stage: no two runs write the same bytes.
"""

import shutil
from pathlib import Path
from typing import Self

from curate.dataset.errors import ParamsError

ROOT = Path(".pairwright/tensorboard")


class Events:
    """Writes logged values for TensorBoard.

    Args:
        folder: of the run; what a run before left there is removed.

    Raises:
        ParamsError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ParamsError(
                "tensorboard: true needs TensorBoard (pip install pairwright[tensorboard])"
            ) from error
        shutil.rmtree(folder, ignore_errors=True)
        self._writer = SummaryWriter(folder)

    def __call__(self, step: int, values: dict[str, float]) -> None:
        """Log values after so many steps."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()
