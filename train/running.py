"""A model and what it learns from in; the model trained, its curves written, out.

What a pretraining and a fine-tuning run have in common: devices, processes, checkpoints, curves,
and the folder that is left.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from curate.dataset import memory, tables
from curate.stage import machine
from curate.stage.checkpoint import Checkpoints
from curate.stage.params import as_dict
from train import ledger
from train.events import ROOT, Events
from train.ledger import Ledger
from train.lesson import Lesson
from train.model import Model, save
from train.params import RunParams
from train.ranks import Ranks, together
from train.saving import STATES, ShardedCheckpoints, room, take_states
from train.sharding import shard, whole
from train.shared import Shared
from train.trainer import History, train
from train.validation import Curves

Log = Callable[[int, dict[str, float]], None]  # takes (steps done, values)
_SPEED = ("workers", "picture_cache")  # change the time of a run and nothing that it gives


def fingerprint(params: RunParams, *parts: Any) -> str:
    """Hash of all that a run depends on: its parameters, our code, and what else there is.

    Args:
        params: of the run.
        parts: data and weights, as `curate.dataset.memory.fingerprint` takes them.
    """
    code = sorted(Path(__file__).parent.rglob("*.py"))
    decisive = {k: v for k, v in as_dict(params).items() if k not in _SPEED}
    return memory.fingerprint([memory.fingerprint(file) for file in code], *parts, decisive)


@dataclass(frozen=True)
class Trained:
    """A run that has ended; its processes are still together.

    Attributes:
        model: the one to keep.
        parameters: of it, counted.
        start: what was logged before the first step.
        last: what was logged last.
        first: whether this process is the one that writes.
    """

    model: Model | Shared
    parameters: int
    start: dict[str, float]
    last: dict[str, float]
    first: bool
    _lessons: Sequence[Lesson]
    _weights: Sequence[dict[str, Tensor]]  # of each lesson's model
    _ledgers: Sequence[Ledger]
    _checkpoints: Checkpoints

    def write(self, out: Path, card: Callable[[Path], None] | None = None) -> None:
        """Replace a folder by the model's, with its tokenizer, its ledger and perhaps its card.

        Of several lessons each has such a folder in it, under its name.
        """
        parts = list(zip(self._lessons, self._ledgers, self._weights, strict=True))
        seen = [ledger.table(lesson.corpus) for lesson, ledger, _ in parts]
        shutil.rmtree(out, ignore_errors=True)
        with room(self._checkpoints, f"{out}"):
            for (lesson, _, weights), table in zip(parts, seen, strict=True):
                folder = out / lesson.name
                save(lesson.part(self.model), folder, weights)
                take_states(self._checkpoints, folder, lesson.name)
                for place in (folder, *folder.glob(f"{STATES}/*")):
                    lesson.words.save(place)
                tables.write(table, folder / ledger.FILE, "uid")
            if card:
                card(out)
        self._checkpoints.remove()


@contextmanager
def trained(
    name: str,
    fingerprint: str,
    model: Model | Shared,
    lessons: Sequence[Lesson],
    params: RunParams,
    log: Path,
    temperature: float = 1.0,
) -> Iterator[Trained]:
    """Train a model, from the run's last checkpoint where there is one.

    Args:
        name: of the run.
        fingerprint: of all that it depends on.
        model: is changed.
        lessons: what it learns.
        params: of the run.
        log: folder of its curves.
        temperature: see `train.trainer.train`.
    """
    with together() as ranks:
        model.to(machine.device())
        checkpoints = Checkpoints(f"{name}-{fingerprint}")
        if params.shard:
            checkpoints = ShardedCheckpoints(f"{name}-{fingerprint}", ranks)
            shard(model, params, ranks)
        with written(log, name, params, ranks) as curves:
            kept, history, noted = train(
                model, lessons, params, checkpoints, curves, ranks, temperature
            )
        weights = [whole(lesson.part(kept)) for lesson in lessons]
        number = sum(p.numel() for p in model.parameters())
        first, (start, last) = ranks.rank == 0, _ends(history)
        yield Trained(kept, number, start, last, first, lessons, weights, noted, checkpoints)


def _ends(history: History) -> tuple[dict[str, float], dict[str, float]]:
    """What was logged before the first step, and after the last."""
    start = history[0][1] if history and history[0][0] == 0 else {}
    return start, history[-1][1] if history else {}


@contextmanager
def written(log: Path, name: str, params: RunParams, ranks: Ranks) -> Iterator[Log]:
    """What takes a run's logged values: the first process alone writes them."""
    with ExitStack() as stack:
        writers: list[Log] = []
        if ranks.rank == 0:
            writers.append(stack.enter_context(Curves(log)))
        if ranks.rank == 0 and params.tensorboard:
            writers.append(stack.enter_context(Events(ROOT / name)))

        def write(step: int, values: dict[str, float]) -> None:
            for writer in writers:
                writer(step, values)

        yield write
