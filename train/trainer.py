"""The training loop: a model, its lessons and a schedule in; a trained model and its curves out.

One loop for every plan. A step is about one lesson, and sums the gradients of `accumulate` batches,
each task's loss divided by its targets in the whole step, so that accumulating leaves loss and
update as one large batch of the same pairs would give them, on however many processes; what draws
from its batch itself (`itm.hard`, `match`, `random` features) draws from each of them, and is
weighed alike. Nothing random outlives a step, so a run resumed from a checkpoint goes on exactly
as the unbroken one.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice, tee
from typing import Any

import numpy as np
import torch
from torch import Tensor

from curate.stage.checkpoint import Checkpoints
from curate.stage.cluster import progress
from train import contrast, draws, examine, loader, saving, showings, turns
from train.alarm import Alarm, stop
from train.batch import Batch
from train.gradients import Gradients
from train.layers import prepare_layers
from train.ledger import Ledger
from train.lesson import Lesson
from train.model import Model
from train.params import RunParams
from train.precision import autocast
from train.ranks import ALONE, Ranks
from train.shared import Shared
from train.updater import Updater, make_optimizer

History = list[tuple[int, dict[str, float]]]
"""Logged values: (steps done, name -> value)."""
Part = tuple[int, Batch]
"""A batch and its number in the step."""
Showings = tuple[int, int, np.ndarray]
"""Of a batch: its number in the step, its epoch and its showings, see `train/showings.py`."""
LEDGER = "ledger"  # folder beside the checkpoints


def train(
    model: Model | Shared,
    lessons: Sequence[Lesson],
    params: RunParams,
    checkpoints: Checkpoints,
    log: Callable[[int, dict[str, float]], None],
    ranks: Ranks = ALONE,
    temperature: float = 1.0,
) -> tuple[Model | Shared, History, list[Ledger]]:
    """Train for `params.steps` steps, from the last checkpoint where there is one.

    Args:
        model: is changed in place.
        lessons: what it learns: one, or those of the models that share it.
        params: the run.
        checkpoints: of this run.
        log: takes (steps done, values); on resuming it first gets all that was logged before.
        ranks: the processes that share the work.
        temperature: by which a step's lesson is drawn, see `train.turns`.

    Returns:
        The model to keep (that of averaged weights where there is one), what was logged, and
        each lesson's ledger, whose parts are all on disk.

    Raises:
        DataError: a loss or gradient is not finite, or a loss explodes; names the step and its
            pairs.
        ParamsError: the processes cannot share a step's batches, or one that makes them died.
    """
    updater = Updater(model, make_optimizer(model, params), params)
    place = checkpoints.folder / LEDGER
    ledgers = [Ledger(place / one.name, [t.name for t in one.tasks], ranks) for one in lessons]
    done, history = saving.restore(checkpoints, ledgers, model, updater)
    alarm = Alarm(params.explodes, params.log)
    for step, values in history:
        log(step, values)
        alarm.hear(values)
    if done and ranks.rank == 0:
        said = f"training {model.name}: goes on from step {done} of {params.steps}"
        print(said, file=sys.stderr)
    prepare_layers(model, params)
    cast = autocast(next(model.parameters()).device, params.precision)

    def make(wanted: tuple[int, int, int, np.ndarray]) -> Batch:
        which, step, epoch, shown = wanted
        return lessons[which].batch(step, epoch, shown)

    model.train()
    if params.validate and not history:
        start = _validated(lessons, updater, cast)  # of fresh weights, to see what is learnt
        if start:
            history.append((0, start))
            log(0, start)
    with loader.deaths(), progress(params.steps, f"training {model.name}", "steps") as bar:
        bar.update(done)
        steps, coming = tee(_steps(lessons, params, ranks, done, temperature))
        wanted = ((w, step, epoch, some) for step, w, part in coming for _, epoch, some in part)
        made = loader.ahead(make, wanted, params.workers)
        for step, which, chosen in steps:
            lesson, ledger = lessons[which], ledgers[which]
            parts = [(at, next(made)) for at, _, _ in chosen]
            todo = lesson.tasks_of(step)
            values, losses = update(lesson.model, updater, parts, todo, params, step, ranks)
            now, last = step + 1, step + 1 == params.steps
            seen = [showings.rows(some, len(lesson.corpus)) for _, _, some in chosen]
            for (at, batch), rows, by_task in zip(parts, seen, losses, strict=True):
                assert batch.pairs is not None
                withheld = None if batch.withheld is None else batch.withheld.numpy()
                ledger.note(now, at, lesson.corpus, rows, batch.pairs, by_task, withheld)
            loss, rate, norm = (values.pop(name) for name in ("loss", "rate", "norm"))
            values = {"loss": loss} | lesson.named(values)
            if told := alarm.found(values, norm):
                rows = np.concatenate(seen)
                stop(told, now, lesson.corpus, rows, losses, ledger.keep(now))
            logged = dict(values, rate=rate) if _at(now, params.log) else {}
            if _at(now, params.validate) or last:
                logged |= _validated(lessons, updater, cast)
            if alarm.due(now, values):
                alarm.hear(values)
            if logged:
                history.append((now, logged))
                log(now, logged)
            if _at(now, params.keep) and not last:
                for one in lessons:
                    saving.keep(checkpoints, now, one.part(updater.averaged), ranks, one.name)
            if _at(now, params.checkpoint) and not last:
                saving.checkpoint(checkpoints, ledgers, now, model, updater, history, ranks)
            bar.set_postfix_str(_told(values), refresh=False)
            bar.update()
    for ledger in ledgers:
        ledger.keep(params.steps)
    ranks.wait()  # the ledgers have every process's part
    return updater.averaged, history, ledgers


def _steps(
    lessons: Sequence[Lesson], params: RunParams, ranks: Ranks, done: int, temperature: float
) -> Iterator[tuple[int, int, list[Showings]]]:
    """Each step that is left, with its lesson's number and this process's batches."""
    mine, each = ranks.share(params.accumulate), params.accumulate
    examples = [len(lesson.corpus) for lesson in lessons]
    which = turns.drawn(examples, temperature, params.steps, params.seed)
    before = np.bincount(which[:done], minlength=len(lessons))
    orders = [
        islice(lesson.batches.schedule(), int(steps) * each, None)
        for lesson, steps in zip(lessons, before, strict=True)
    ]
    for step in range(done, params.steps):
        whole = list(islice(orders[which[step]], each))
        yield step, int(which[step]), [(at, *whole[at]) for at in mine]


def update(
    model: Model,
    updater: Updater,
    parts: Sequence[Part],
    todo: list[examine.Task],
    params: RunParams,
    step: int,
    ranks: Ranks = ALONE,
) -> tuple[dict[str, float], list[dict[str, Tensor]]]:
    """One optimizer step over one or more batches, and those of the other processes.

    Returns:
        The weighted loss, each task's mean loss and figure before the update, the rate and the norm
        of the gradients; and for each of `parts` the losses by pair of each task that tells them.
    """
    device = next(model.parameters()).device
    cast = autocast(device, params.precision)

    def seed(at: int) -> None:
        torch.manual_seed(draws.number(params.seed, "dropout", step, at))

    contrast.join(model, parts, ranks, cast, seed)
    targets = [float(sum(part.counts[t.name] for _, part in parts)) for t in todo]
    counts = [max(1, int(number)) for number in ranks.total(targets, device)]
    gradients = Gradients(model, ranks)
    sums: list[list[float]] = []  # of each batch: each task's loss, then each task's figure
    by_pair: list[dict[str, Tensor]] = []
    for at, part in parts:
        seed(at)
        with cast:
            scores = model(part.to(device))
        updater.backward(
            sum(
                t.params.weight * scores[t.name].loss / n for t, n in zip(todo, counts, strict=True)
            )
        )
        gradients.add()
        found = [scores[t.name] for t in todo]
        sums.append([s.loss.item() for s in found] + [float(s.figure.item()) for s in found])
        by_pair.append({k: s.pairs.cpu() for k, s in scores.items() if s.pairs is not None})
    gradients.finish()
    rate, norm = updater.step(step)
    total = ranks.total_by_batch(sums, device)
    each = {
        t.name: (total[i] / n, total[i + len(todo)] / n)
        for i, (t, n) in enumerate(zip(todo, counts, strict=True))
    }
    told = {"loss": sum(t.params.weight * each[t.name][0] for t in todo)}
    for t in todo:
        told[f"{t.name}/loss"], told[f"{t.name}/{t.module.FIGURE}"] = each[t.name]
    return told | {"rate": rate, "norm": norm}, by_pair


def _validated(
    lessons: Sequence[Lesson], updater: Updater, cast: AbstractContextManager[Any]
) -> dict[str, float]:
    """Figures of all lessons' models as they are, as they are logged."""
    found: dict[str, float] = {}
    for one in lessons:
        figures = one.validated(updater.averaged, cast)
        found |= {f"validation/{name}": value for name, value in figures.items()}
    return found


def _told(values: Mapping[str, float]) -> str:
    """The loss and those of its tasks in a few letters: `loss 7.846, mlm 6.102, itm 0.693`."""
    losses = {k.removesuffix("/loss"): v for k, v in values.items() if k.endswith("loss")}
    return ", ".join(f"{name} {value:.3f}" for name, value in losses.items())


def _at(step: int, every: int) -> bool:
    return every > 0 and step % every == 0
