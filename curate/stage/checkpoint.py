"""Checkpoints: a run's state to disk and back, so that a killed run goes on where it was.

A checkpoint is a folder `step-<n>` of `model.safetensors` and `state.pt` (optimizer, step and
logged values; tensors and plain values only, read with `weights_only`). It appears whole or not
at all, and the one before is removed only when it is on the disk: a machine that crashes leaves
one of them. Random states are not kept: what a step draws
depends on (seed, step) alone. Checkpoints lie outside DVC's outputs, which DVC removes before it
runs a stage, under a fingerprint of all that the run depends on.
"""

import copy
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from curate.stage.whole import on_disk, sync

PARTIAL = ".partial-"  # what folders that are being written begin with
_SAID = 200  # characters of an error that are told
DEFAULT_ROOT = Path(os.environ.get("PAIRWRIGHT_CHECKPOINTS", ".pairwright/checkpoints"))


class Checkpoints:
    """The checkpoints of one run.

    Args:
        run: name of the run, with a fingerprint of its inputs and parameters.
        root: where the checkpoints of all runs lie.
    """

    def __init__(self, run: str, root: Path | None = None) -> None:
        self.folder = (root or DEFAULT_ROOT) / run

    def save(
        self, step: int, model: nn.Module, optimizer: torch.optim.Optimizer, history: list[Any]
    ) -> None:
        """Keep the state after `step` steps, and drop older ones."""
        for left in self.folder.glob(f"{PARTIAL}*"):  # by a process that was killed as it wrote
            shutil.rmtree(left, ignore_errors=True)
        partial = self.folder / f"{PARTIAL}{os.getpid()}"
        partial.mkdir(parents=True)
        named = model.state_dict().items()  # what heads share is written for each
        weights = {k: v.detach().cpu().contiguous().clone() for k, v in named}
        save_file(weights, partial / "model.safetensors")
        state = {"step": step, "optimizer": optimizer.state_dict(), "history": history}
        torch.save(state, partial / "state.pt")
        self._settle(partial, step)

    def _settle(self, partial: Path, step: int) -> None:
        """Give what was written its name, and, once that is on the disk, drop older ones."""
        target = self.folder / f"step-{step:08d}"
        older = [folder for folder in self._steps() if folder != target]
        on_disk(partial)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
        sync(self.folder)
        for folder in older:
            shutil.rmtree(folder, ignore_errors=True)

    def restore(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, list[Any]]:
        """Load the newest readable checkpoint into a model and its optimizer.

        Returns:
            The number of steps done and the values logged so far; 0 and [] without one.
        """
        for folder in reversed(self._steps()):
            try:
                weights = load_file(folder / "model.safetensors")
                state = torch.load(folder / "state.pt", weights_only=True, map_location="cpu")
                done = int(state["step"]), list(state["history"])
                _take(model, optimizer, weights, state["optimizer"])
            except Exception as error:  # of a damaged file torch may raise anything
                passed_over(folder, error)
                continue
            return done
        return 0, []

    def remove(self) -> None:
        """Forget the run's checkpoints, once its result is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _steps(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"))


def _take(
    model: nn.Module, optimizer: torch.optim.Optimizer, weights: dict[str, Any], moments: Any
) -> None:
    """Load both states, or leave both as they were."""
    before = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    try:
        model.load_state_dict(weights)
        optimizer.load_state_dict(moments)
    except Exception:
        model.load_state_dict(before[0])
        optimizer.load_state_dict(before[1])
        raise


def passed_over(folder: Path, error: BaseException) -> None:
    """Say that a checkpoint is damaged: an older one, or none, is as good as not having begun."""
    said = " ".join(str(error).split())[:_SAID] or type(error).__name__
    print(f"{folder} cannot be read ({said}); what it held is computed again", file=sys.stderr)
