"""A space of policies, a budget and what one run reaches in; many policies tried, the best told.

Asynchronous successive halving (Li et al., 2020: ASHA), by Optuna: each policy is run for a few
steps; the best `1 / factor` of those that ran as long go on to `factor` times as many. Each rung is
trained anew, from the first step, with the whole of a schedule, so that the rate has fallen to
nothing when it is measured: with a factor of 2, all rungs before the last have together fewer steps
than the last. What is tried next is drawn by (seed, number of the trial) and what is known by then,
so a search that was killed goes on as if it had not been: with the rung that it was at.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from curate.dataset.errors import FailedError
from curate.stage.params import parameters
from train.compare import cpu_seconds
from train.policies import space
from train.policies.space import Space
from train.ranges import Above0, Count, Number

if TYPE_CHECKING:
    import optuna

Measure = Callable[[str, Mapping[str, Any], int], float]  # (name, changes, steps) -> points
_SPENT, _WHY = "cpu_seconds", "why"


@parameters
class Rungs:
    """How long policies are run."""

    first: Number  # steps
    factor: Annotated[int, Field(ge=2)] = 2  # of steps from rung to rung; one in so many goes on
    number: Number = 3  # of rungs


@parameters
class Sampler:
    """How policies are drawn."""

    kind: Literal["tpe", "random"] = "tpe"  # tree-structured Parzen estimator; by lot
    startup: Count = 8  # trials by lot before the estimator says something
    seed: Count = 0


@parameters
class Budget:
    """When a search ends; a trial that has begun is ended."""

    trials: Number
    cpu_seconds: Above0 | None = None  # of all trials' experiments; null: as many as they take


class Trial(NamedTuple):
    """A policy that was tried.

    Attributes:
        number: from 0, the policy that the search began with.
        state: `complete`, `pruned` or `fail`.
        changes: parameters by path.
        points: steps of a rung -> what was reached.
        cpu_seconds: of its experiments.
        why: it failed; empty: it did not.
    """

    number: int
    state: str
    changes: dict[str, Any]
    points: dict[int, float]
    cpu_seconds: float
    why: str


def steps(rungs: Rungs) -> list[int]:
    """Of each rung."""
    return [rungs.first * rungs.factor**number for number in range(rungs.number)]


def search(
    name: str,
    file: Path,
    asked: Space,
    begin: Mapping[str, Any],
    rungs: Rungs,
    sampler: Sampler,
    budget: Budget,
    measure: Measure,
) -> list[Trial]:
    """Try policies until the budget is spent, beginning with those that a file knows.

    Args:
        name: of the search; one of another name in the file is another.
        file: of what was tried, Optuna's journal.
        asked: what may be changed.
        begin: of each axis, what the first policy has.
        rungs: how long each is run.
        sampler: how they are drawn.
        budget: when to end.
        measure: runs one, and gives what it reached, in points; more is better.

    Returns:
        All trials, the best first: those that came further, and among them those that reached more.

    Raises:
        FailedError: the first policy does not run; of others the reason is told.
    """
    study = _study(name, file, rungs)
    if not study.trials:
        study.enqueue_trial(dict(begin))
    while (trial := _next(study, sampler, budget)) is not None:
        _run(study, trial, asked, rungs, measure)
    found = [_told(trial, asked) for trial in study.trials if trial.state.is_finished()]
    return sorted(found, key=_rank)


def _study(name: str, file: Path, rungs: Rungs) -> "optuna.Study":
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    return optuna.create_study(
        study_name=name,
        storage=JournalStorage(JournalFileBackend(str(file))),
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.SuccessiveHalvingPruner(
            min_resource=rungs.first, reduction_factor=rungs.factor, min_early_stopping_rate=0
        ),
    )


def _next(study: "optuna.Study", sampler: Sampler, budget: Budget) -> "optuna.Trial | None":
    """The trial that a search which was killed was at, or a new one; None: the budget is spent."""
    from optuna import samplers, trial

    known = study.trials
    number = sum(one.state != trial.TrialState.WAITING for one in known)
    seed = sampler.seed * 100_003 + number  # of this trial alone, whenever it is drawn
    if sampler.kind == "tpe":
        study.sampler = samplers.TPESampler(n_startup_trials=sampler.startup, seed=seed)
    else:
        study.sampler = samplers.RandomSampler(seed=seed)
    for one in known:
        if one.state == trial.TrialState.RUNNING:
            return trial.Trial(study, one._trial_id)
    spent = sum(one.user_attrs.get(_SPENT, 0.0) for one in known)
    ended = budget.cpu_seconds is not None and spent >= budget.cpu_seconds
    return None if ended or number >= budget.trials else study.ask()


def _run(
    study: "optuna.Study",
    trial: "optuna.Trial",
    asked: Space,
    rungs: Rungs,
    measure: Measure,
) -> None:
    """Take a trial up its rungs, those that it has not been at."""
    import optuna

    changes, reached = space.suggest(trial, asked), 0.0
    known = study.trials[trial.number].intermediate_values
    for number in steps(rungs):
        if number in known:
            reached = known[number]
        else:
            started, failed = cpu_seconds(), None
            try:
                reached = measure(f"trial-{trial.number}-{number}", changes, number)
            except FailedError as error:
                failed = error
            spent = trial.user_attrs.get(_SPENT, 0.0) + cpu_seconds() - started
            trial.set_user_attr(_SPENT, spent)
            if failed is not None and trial.number == 0:
                raise failed
            if failed is not None:
                trial.set_user_attr(_WHY, str(failed))
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
                return
            trial.report(reached, number)
        if number != steps(rungs)[-1] and trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return
    study.tell(trial, reached)


def _told(trial: "optuna.trial.FrozenTrial", asked: Space) -> Trial:
    return Trial(
        trial.number,
        trial.state.name.lower(),
        space.changes(asked, trial.params),
        dict(trial.intermediate_values),
        trial.user_attrs.get(_SPENT, 0.0),
        trial.user_attrs.get(_WHY, ""),
    )


def _rank(trial: Trial) -> tuple[bool, int, float, int]:
    last = max(trial.points, default=0)
    return trial.state == "fail", -last, -trial.points.get(last, 0.0), trial.number
