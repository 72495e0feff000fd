"""A model's sizes and tasks and a user's wishes in, its plan out.

A model's file is one of these:

RECIPE = Recipe("uniter", sizes={"tiny": {...}, "base": {...}}, tasks={"mlm": {}, "itm": {}})
def plan(params: Params) -> Plan:
    return RECIPE.plan(params)
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train.mix import fitted, split
from train.model import objective
from train.plan import Plan

TINY: dict[str, Any] = {
    "width": 192,
    "heads": 6,
    "inner": 768,
    "text_tokens": 24,
    "regions": 16,
}
"""Sizes that a CPU trains in minutes."""
BASE: dict[str, Any] = {"width": 768, "heads": 12, "inner": 3072}
"""BERT-base's."""
SMALL: dict[str, Any] = {"width": 512, "heads": 8, "inner": 2048}
"""BERT-small's (Turc et al., 2019), beside half of the layers of `base`."""


@parameters
class Params:
    """A model of one size, and what is to be other than in its paper."""

    size: str = "tiny"  # a key of the model's sizes
    follow: Literal["paper", "code"] = "paper"  # where the authors' code does other than it says
    change: dict[str, Any] = field(default_factory=dict)  # fields of the plan to change
    objectives: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    # ^ tasks' parameters that differ; a task that the model has not is added, null leaves one out


@dataclass(frozen=True)
class Recipe:
    """What a paper says of a model.

    Attributes:
        name: of the model's file.
        sizes: fields of the plan by size.
        tasks: pretraining tasks and those of their parameters that differ from the defaults.
        always: fields of the plan that all sizes have.
        code: parameters of tasks that are other in the authors' code than in their paper.
    """

    name: str
    sizes: dict[str, dict[str, Any]]
    tasks: dict[str, dict[str, Any]]
    always: dict[str, Any] = field(default_factory=dict)
    code: dict[str, dict[str, Any]] = field(default_factory=dict)

    def plan(self, params: Params) -> Plan:
        """The plan of one size, with changes.

        Raises:
            ParamsError: an unknown size, field or parameter of a task, or nothing to learn.
            PluginError: an unknown task.
        """
        if params.size not in self.sizes:
            known = ", ".join(self.sizes)
            raise ParamsError(f"{self.name}: no size {params.size!r} (known: {known})")
        for task in params.objectives:
            objective(task)  # a typo leaves no task out
        if "objectives" in params.change:
            raise ParamsError(
                f"{self.name}.change.objectives: tasks are set beside `change`, as `objectives`"
            )
        wished = {**{task: {} for task in self.tasks}, **params.objectives}
        code = self.code if params.follow == "code" else {}
        tasks = {
            task: {**self.tasks.get(task, {}), **code.get(task, {}), **values}
            for task, values in wished.items()
            if values is not None
        }
        if not tasks:
            raise ParamsError(f"{self.name}: no task is left; set one of objectives to {{}}")
        for task, values in tasks.items():
            _possible(build(objective(task).Params, values, f"objectives.{task}"), task)
        fields = {**self.always, **self.sizes[params.size], **params.change}
        for group in fields.get("mix", {}):
            for task in split(group):
                objective(task)  # a typo is no task that was left out
        beside = {task: getattr(objective(task), "BESIDE", "") for task in tasks}
        fields["mix"] = fitted(fields.get("mix", {}), tasks, beside)
        return build(Plan, {**fields, "objectives": tasks}, f"{self.name}.change")


def _possible(given: Any, task: str) -> None:
    """Refuse shares of what is chosen that are more than all of it."""
    kept, random = (getattr(given, name, 0.0) for name in ("kept", "random"))
    if kept + random > 1:
        raise ParamsError(
            f"objectives.{task}: kept {kept} and random {random} are shares of what is chosen and "
            "together at most 1; the rest of it is hidden"
        )
