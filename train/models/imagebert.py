"""ImageBERT (Qi et al., 2020): one stream over words and regions, four tasks.

A visual token is LN(feature + segment + box (5 numbers) + one position that all regions share).
MLM, MOC and MRFR are scored on matched pairs only, ITM with negatives in both directions, all
four on each batch. No code was released: sizes of `base` are the paper's, the whole-image region
(the mean of the visible ones) is ours and can be left out.
"""

from dataclasses import field
from typing import Any

from curate.dataset.errors import ParamsError
from curate.stage.params import build, parameters
from train.model import objective
from train.plan import Plan

SIZES: dict[str, dict[str, Any]] = {
    "tiny": {
        "streams": "joint 4",
        "width": 192,
        "heads": 6,
        "inner": 768,
        "text_tokens": 24,
        "regions": 16,
    },
    "base": {
        "streams": "joint 12",
        "width": 768,
        "heads": 12,
        "inner": 3072,
        "text_tokens": 44,
        "regions": 100,
    },
}
TASKS = ("mlm", "moc", "mrfr", "itm")


@parameters
class Params:
    """ImageBERT."""

    size: str = "tiny"  # a key of SIZES
    change: dict[str, Any] = field(default_factory=dict)  # fields of the plan to change
    objectives: dict[str, dict[str, Any]] = field(default_factory=dict)  # their parameters


def plan(params: Params) -> Plan:
    """The plan of one size, with changes.

    Raises:
        ParamsError: an unknown size, field, task or parameter of a task.
    """
    if params.size not in SIZES:
        raise ParamsError(f"imagebert: no size {params.size!r} (known: {', '.join(SIZES)})")
    if unknown := sorted(set(params.objectives) - set(TASKS)):
        raise ParamsError(f"imagebert: no task {', '.join(unknown)} (known: {', '.join(TASKS)})")
    tasks = {task: params.objectives.get(task, {}) for task in TASKS}
    for task, values in tasks.items():
        build(objective(task).Params, values, f"objectives.{task}")
    try:
        return Plan(**{**SIZES[params.size], **params.change}, objectives=tasks)
    except TypeError as error:
        raise ParamsError(f"imagebert.change: {error}") from error
