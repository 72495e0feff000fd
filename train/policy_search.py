"""A space of policies and a budget in; the best policies, and whether their ranking holds, out.

Policies of what to keep and how to mix it are tried by small runs that look at the validation split
alone (`train/policies/halving.py`). The best, the policy that the search began with, and what it is
compared with are then run from fresh seeds, with all steps, by the proxy and by further models, and
measured on the test split (`train/policies/ranking.py`). Every run is an experiment of DVC's, told
by the command that repeats it (`train/policies/room.py`).
"""

import sys
from collections.abc import Mapping
from dataclasses import field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from curate.dataset import memory
from curate.dataset.errors import ParamsError
from curate.stage import markdown
from curate.stage.params import as_dict, parameters
from curate.stage.run import run
from train.data_comparison import points
from train.policies import halving, report, space
from train.policies.halving import Budget, Rungs, Sampler, Trial
from train.policies.ranking import ranking
from train.policies.room import SEED, SPLIT, STEPS, Room, opened
from train.policies.space import Axis
from train.ranges import Number

Changes = Mapping[str, Any]  # parameters by path
DEFAULT = "default"  # the policy that the search begins with


@parameters
class Check:
    """How the best policies are looked at again."""

    best: Number = 3  # policies of the search
    others: dict[str, dict[str, Any]] = field(default_factory=dict)  # beside them: name -> changes
    models: dict[str, dict[str, Any]]  # name -> changes; the first is the proxy
    seeds: tuple[int, ...]  # fresh ones
    steps: Number


@parameters
class PolicySearchParams:
    """What is searched, how, and how it is checked."""

    seed: int  # of all trials' runs
    space: dict[str, Axis]  # parameter by its path -> what it may be
    rungs: Rungs
    sampler: Sampler = field(default_factory=Sampler)
    budget: Budget
    check: Check


def main(
    pipeline: Path,
    figures: Path,
    room: Path,
    study: Path,
    table: Path,
    params: PolicySearchParams,
    params_file: Path,
) -> dict[str, Any]:
    """Search, check, and tell.

    Args:
        pipeline: file of the stages of one policy.
        figures: that its last stage writes, as `train.compare_data` tells them.
        room: folder in which experiments run.
        study: file of what was tried, from which a search that was killed goes on.
        table: file of the report as Markdown, written after the search and after each fresh seed.
        params: section `policy_search`.
        params_file: file of all parameters.

    Returns:
        `trials`, the best first; of the check what `ranking.ranking` tells; `winner` with the
        command that runs it.

    Raises:
        FailedError: an experiment of the check, or of the first policy, failed.
        BusyError: another search is in the room.
        ParamsError: the space does not fit the params file; a fresh seed is the search's; Optuna
            is not installed.
    """
    if params.seed in params.check.seeds:
        raise ParamsError(f"policy_search.check.seeds: {params.seed} is the search's own seed")
    if find_spec("optuna") is None:
        raise ParamsError("policies are searched for by Optuna (pip install pairwright[policy])")
    values = yaml.safe_load(params_file.read_text(encoding="utf-8"))
    begin = space.check(params.space, values)
    with opened(room, pipeline, figures, params_file) as place:
        return _searched(place, study, table, params, values, begin)


def _searched(
    place: Room,
    study: Path,
    table: Path,
    params: PolicySearchParams,
    values: Mapping[str, Any],
    begin: Changes,
) -> dict[str, Any]:
    """The search, the check and the report in a room that is this process's alone; see `main`.

    Args:
        place: the room.
        study: file of what was tried.
        table: file of the report.
        params: section `policy_search`.
        values: of the file of all parameters.
        begin: the policy that they are.
    """

    def measured(name: str, changes: Changes, steps: int) -> float:
        looked = {SEED: params.seed, STEPS: steps, SPLIT: "validation"}
        return _reached(place, name, {**changes, **looked})

    searched = (params.rungs, params.sampler)
    name = _name(values, as_dict(params), place)
    trials = halving.search(name, study, params.space, begin, *searched, params.budget, measured)
    told = _told(trials, params, place)
    markdown.write(report.lines(told), table)
    chosen = _chosen(trials, params.check)
    reached: dict[str, dict[str, dict[int, float]]] = {}
    for seed in params.check.seeds:
        for model, bigger in params.check.models.items():
            for policy, changes in chosen.items():
                looked = {SEED: seed, STEPS: params.check.steps, SPLIT: "test"}
                own = f"check-{model}-{policy}-{seed}", {**changes, **bigger, **looked}
                reached.setdefault(model, {}).setdefault(policy, {})[seed] = _reached(place, *own)
        best = [_policy(trial) for trial in trials if _policy(trial) in chosen]
        told["check"] = ranking(reached, best[0], best)
        markdown.write(report.lines(told), table)
    return told


def _reached(place: Room, name: str, changes: Changes) -> float:
    """Run an experiment, and say what it reached, in points."""
    found = points(place.run(name, changes))["clean"]
    print(f"{name}: {found:.1f} points", file=sys.stderr, flush=True)
    return found


def _name(values: Mapping[str, Any], params: Mapping[str, Any], place: Room) -> str:
    """Of a search: another one where anything that its figures hang on is another."""
    own = {key: params[key] for key in ("seed", "space", "rungs", "sampler")}
    sections = [value for key, value in sorted(values.items()) if key in _SECTIONS]
    return memory.fingerprint(own, sections, place.fingerprint())


_SECTIONS = ("filter", "policy", "policy_run", "snapshot")


def _policy(trial: Trial) -> str:
    return DEFAULT if trial.number == 0 else f"trial-{trial.number}"


def _chosen(trials: list[Trial], check: Check) -> dict[str, Changes]:
    """The policies that are looked at again, by name."""
    best = [trial for trial in trials if trial.state != "fail"]
    own = {_policy(trial): trial.changes for trial in best[: check.best]}
    return {**own, **{_policy(t): t.changes for t in best if t.number == 0}, **check.others}


def _told(trials: list[Trial], params: PolicySearchParams, place: Room) -> dict[str, Any]:
    best = trials[0]
    final = {**best.changes, STEPS: params.check.steps, SPLIT: "test"}
    return {
        "winner": {"policy": _policy(best), "command": place.command(final)},
        "spent": sum(trial.cpu_seconds for trial in trials),
        "rungs": halving.steps(params.rungs),
        "trials": [{"policy": _policy(trial), **trial._asdict()} for trial in trials],
    }


if __name__ == "__main__":
    run("train.policy_search", section="policy_search")
