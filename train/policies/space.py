"""Which parameters of params.yaml a search may change, and how, in; values of one policy out.

An axis is a parameter by its path, as `dvc exp run -S` takes it; its kinds are those of Optuna
(Akiba et al., 2019), and `switch`: a mapping, such as a rule, that is there or null. What lies
below one that is switched off is not asked about, so that a space may be conditional.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from curate.dataset.errors import ParamsError
from curate.stage.params import parameters

if TYPE_CHECKING:
    import optuna

Value = bool | int | float | str


@parameters
class Axis:
    """What a parameter may be."""

    kind: Literal["float", "int", "categorical", "switch"]
    low: float | None = None  # of a number, both ends included
    high: float | None = None
    log: bool = False  # whether small numbers are as likely as great ones
    step: float | None = None  # of a number; null: any, of whole numbers 1
    choices: tuple[Value, ...] = ()  # of a category


Space = Mapping[str, Axis]


def check(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the parameters now are, as Optuna takes them: the policy that a search begins with.

    Args:
        space: path -> axis.
        values: of the params file.

    Raises:
        ParamsError: an axis is none, names no parameter, or cannot be what the parameter now is.
    """
    found: dict[str, Any] = {}
    for path, axis in space.items():
        if any(not found.get(name) for name in _above(space, path)):
            continue
        at = _at(values, path)
        own = at is not None if axis.kind == "switch" else at
        _distribution(path, axis)
        if not _holds(axis, own):
            raise ParamsError(
                f"policy_search.space.{path}: the parameter is now {own!r}, which the axis does "
                "not hold; widen the axis or change the parameter"
            )
        found[path] = own
    return found


def suggest(trial: "optuna.Trial", space: Space) -> dict[str, Any]:
    """Parameters that a trial changes, by path; null: switched off.

    Args:
        trial: asked about each axis, but not about those below one that is off.
        space: path -> axis; switches stand before what lies below them.
    """
    asked: dict[str, Any] = {}
    for path, axis in space.items():
        if any(not asked.get(name) for name in _above(space, path)):
            continue
        asked[path] = _ask(trial, path, axis)
    return changes(space, asked)


def changes(space: Space, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what a trial was told: a switch that is on changes nothing."""
    on = {path for path, value in asked.items() if space[path].kind == "switch" and value}
    off = {path for path, value in asked.items() if space[path].kind == "switch" and not value}
    return {path: None if path in off else asked[path] for path in asked if path not in on}


def _above(space: Space, path: str) -> list[str]:
    """Switches that an axis lies below."""
    above = [name for name in space if path.startswith(f"{name}.")]
    names = list(space)
    for name in above:
        if space[name].kind != "switch" or names.index(name) > names.index(path):
            raise ParamsError(
                f"policy_search.space.{name}: {path} lies below it, so it has to be a switch that "
                "stands before that"
            )
    return above


def _at(values: Mapping[str, Any], path: str) -> Any:
    found: Any = values
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            raise ParamsError(f"policy_search.space.{path}: the params file has no such parameter")
        found = found[name]
    return found


def _distribution(path: str, axis: Axis) -> "optuna.distributions.BaseDistribution":
    from optuna import distributions as of

    try:
        match axis.kind:
            case "switch":
                return of.CategoricalDistribution((True, False))
            case "categorical":
                return of.CategoricalDistribution(axis.choices)
        if axis.low is None or axis.high is None:
            raise ValueError("a number needs low and high")
        if axis.kind == "float":
            return of.FloatDistribution(axis.low, axis.high, axis.log, axis.step)
        return of.IntDistribution(int(axis.low), int(axis.high), axis.log, int(axis.step or 1))
    except ValueError as error:
        raise ParamsError(f"policy_search.space.{path}: {error}") from None


def _holds(axis: Axis, value: Any) -> bool:
    if axis.kind in ("switch", "categorical"):
        return value in (axis.choices or (True, False))
    low, high = axis.low or 0.0, axis.high or 0.0
    return isinstance(value, int | float) and low <= value <= high


def _ask(trial: "optuna.Trial", path: str, axis: Axis) -> Any:
    low, high = axis.low or 0.0, axis.high or 0.0
    match axis.kind:
        case "switch":
            return trial.suggest_categorical(path, (True, False))
        case "categorical":
            return trial.suggest_categorical(path, axis.choices)
        case "float":
            return trial.suggest_float(path, low, high, step=axis.step, log=axis.log)
    step = int(axis.step or 1)
    return trial.suggest_int(path, int(low), int(high), step=step, log=axis.log)
