"""The state of a run in; checkpoints that a killed run goes on from, and states to keep, out.

A checkpoint is that of `curate.stage.checkpoint`. Of a sharded model each process writes what it
holds (torch's distributed checkpoints), into a folder that appears whole or not at all; any number
of processes may go on from it. Where there is no room for a checkpoint the run ends, and the one
before is still there.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from curate.dataset import begun
from curate.dataset.errors import StorageError
from curate.stage.checkpoint import PARTIAL, Checkpoints, passed_over
from curate.stage.whole import FULL, sync
from train.ledger import Ledger
from train.model import Model
from train.model import save as save_model
from train.ranks import Ranks
from train.sharding import whole
from train.updater import Updater

STATES = begun.STATES  # folder of the states that stay, each as `train.model.save` writes a model
_STATE = "state.pt"
_ANY = (Exception, CheckpointException)  # the second is none of the first
_NUMBER = re.compile(r"\(os error (\d+)\)")  # of the operating system's error, in safetensors'
_WRITER = ("inline_container", "PytorchStreamWriter", "iostream")  # which torch's tell of


class ShardedCheckpoints(Checkpoints):
    """The checkpoints of a run whose model is sharded; all processes save and restore.

    Args:
        run: name of the run, as `Checkpoints` has it.
        ranks: the processes.
        root: where the checkpoints of all runs lie.
    """

    def __init__(self, run: str, ranks: Ranks, root: Path | None = None) -> None:
        super().__init__(run, root)
        self._ranks = ranks

    def save(self, step: int, model: nn.Module, optimizer: Any, history: list[Any]) -> None:
        """Keep the state after `step` steps, and drop older ones."""
        partial = self.folder / f"{PARTIAL}shards"
        first = self._ranks.rank == 0
        if first:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
        self._ranks.wait()
        save(_weights(model, optimizer), checkpoint_id=partial)
        if first:
            torch.save({"step": step, "history": history}, partial / _STATE)
            self._settle(partial, step)
        self._ranks.wait()

    def restore(self, model: nn.Module, optimizer: Any) -> tuple[int, list[Any]]:
        """Load the newest readable checkpoint into a model and its optimizer.

        Returns:
            The number of steps done and the values logged so far; 0 and [] without one.
        """
        for folder in reversed(self._steps()):
            try:
                state = torch.load(folder / _STATE, weights_only=True, map_location="cpu")
                weights = _weights(model, optimizer)
                load(weights, checkpoint_id=folder)
            except _ANY as error:  # of a damaged file torch may raise anything
                if self._ranks.rank == 0:
                    passed_over(folder, error)
                continue
            set_state_dict(
                model,
                optimizer.optimizer,
                model_state_dict=weights["model"],
                optim_state_dict=weights["optimizer"],
            )
            return int(state["step"]), list(state["history"])
        return 0, []


def _weights(model: nn.Module, updater: Updater) -> dict[str, Any]:
    """What a process holds of weights and moments, by the weights' names."""
    weights, moments = get_state_dict(model, updater.optimizer)
    return {"model": weights, "optimizer": moments}


def checkpoint(
    checkpoints: Checkpoints,
    ledgers: Sequence[Ledger],
    step: int,
    model: nn.Module,
    updater: Updater,
    history: list[Any],
    ranks: Ranks,
) -> None:
    """Keep a run as it is after a step; all processes call it.

    Raises:
        StorageError: there is no room; says from where the run may go on.
    """
    wanted = f"the checkpoint of step {step}"
    with room(checkpoints, wanted):
        for ledger in ledgers:
            part = ledger.keep(step)
            for path in (part, part.parent):
                sync(path)
    ranks.wait()  # no checkpoint without every process's part of the ledgers
    as_optimizer: Any = updater  # gives its state and takes it over as an optimizer does
    if ranks.rank == 0 or isinstance(checkpoints, ShardedCheckpoints):
        with room(checkpoints, wanted):
            checkpoints.save(step, model, as_optimizer, history)


def restore(
    checkpoints: Checkpoints, ledgers: Sequence[Ledger], model: nn.Module, updater: Updater
) -> tuple[int, list[Any]]:
    """Take over the newest readable checkpoint, and forget what was noted after it.

    Returns:
        The number of steps done and the values logged so far; 0 and [] without one.
    """
    as_optimizer: Any = updater
    done, history = checkpoints.restore(model, as_optimizer)
    for ledger in ledgers:
        ledger.resume(done)
    return done, history


def keep(checkpoints: Checkpoints, step: int, model: Model, ranks: Ranks, lesson: str = "") -> None:
    """Write a model as it is after a step, to stay; all processes call it.

    Args:
        checkpoints: of the run.
        step: how many are done.
        model: of one lesson.
        ranks: the processes.
        lesson: its name; empty: it is the only one.

    Raises:
        StorageError: as `checkpoint`.
    """
    weights = whole(model)
    if ranks.rank == 0:
        with room(checkpoints, f"the state of step {step}"):
            save_model(model, checkpoints.folder / STATES / lesson / f"step-{step:08d}", weights)


def take_states(checkpoints: Checkpoints, out: Path, lesson: str = "") -> None:
    """Put the states that stay of a lesson into its model's folder, too; the run's go with it."""
    states = checkpoints.folder / STATES / lesson
    if states.is_dir():
        shutil.copytree(states, out / STATES, copy_function=_linked)


def _linked(file: str, to: str) -> None:
    """A file under another name, or, where the other place is on another disk, a copy."""
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


@contextmanager
def room(checkpoints: Checkpoints, what: str) -> Iterator[None]:
    """What is written of a run, or an error that says from where it may go on.

    Args:
        checkpoints: of the run.
        what: is being written, for the message.

    Raises:
        StorageError: there is no room; any other error is as it was.
    """
    try:
        yield
    except _ANY as error:
        for partial in checkpoints.folder.glob(f"{PARTIAL}*"):
            shutil.rmtree(partial, ignore_errors=True)
        if not _is_full(error):
            raise
        kept = sorted(checkpoints.folder.glob("step-*"))
        left = f"{kept[-1]} is whole" if kept else "there is no checkpoint before it"
        raise StorageError(
            f"{what} could not be written ({error}); {left}: make room and run the same again, it "
            "goes on from there"
        ) from error


def _is_full(error: BaseException) -> bool:
    """Whether something could not be written for want of room, whichever library says so."""
    if isinstance(error, CheckpointException):
        return any(_is_full(one) for one, _ in error.failures.values())
    if isinstance(error, OSError):
        return error.errno in FULL
    if isinstance(error, SafetensorError):
        return any(int(number) in FULL for number in _NUMBER.findall(str(error)))
    return isinstance(error, RuntimeError) and any(name in str(error) for name in _WRITER)
