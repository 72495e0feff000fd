"""What a plan's paper says and what a run sets in; optimizer and rates of the run out."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict

from curate.stage.params import build
from train.params import RunParams
from train.plan import Plan
from train.ranges import Above0, Below1, Least0, Share


@dataclass(frozen=True)
class Schedule:
    """Optimizer and learning rates of a run.

    Attributes:
        rate: peak learning rate.
        warm_up: share of the steps until the peak, 0-1.
        decay: of the rate, from the peak.
        weight_decay: of matrices; there is none of biases, norms and embeddings.
        clip: largest norm of the gradient.
        betas: shares of the moving means of gradient and square that a step of Adam keeps, 0-1.
        epsilon: what Adam adds to the root of the mean square.
    """

    rate: Above0 = 1e-4
    warm_up: Share = 0.1
    decay: Literal["linear", "cosine", "inverse_root"] = "linear"
    weight_decay: Least0 = 0.01
    clip: Above0 = 1.0
    betas: tuple[Below1, Below1] = (0.9, 0.98)
    epsilon: Above0 = 1e-6

    __pydantic_config__ = ConfigDict(extra="forbid")  # read by `curate.stage.params.build`

    def factor(self, step: int, steps: int) -> float:
        """Share of the peak learning rate in a step: linear up, then as `decay` says.

        Linear and cosine end at 0; inverse_root falls with the root of the steps done (Vaswani
        et al., 2017), and at the end it is the root of `warm_up`. A run cannot be prolonged: its
        warm-up is a share of its steps, and with other steps it is another run.

        Args:
            step: counted from 0, below `steps`.
            steps: of the whole run.
        """
        warm = max(1, round(self.warm_up * steps))
        if step < warm:
            return (step + 1) / warm
        if self.decay == "inverse_root":
            return math.sqrt(warm / (step + 1))
        left = (steps - step) / max(1, steps - warm)
        return left if self.decay == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)


def of(plan: Plan, params: RunParams) -> Schedule:
    """The schedule of a run: what it sets, else what the plan says, else ImageBERT's.

    Raises:
        ParamsError: the plan names what no schedule has.
    """
    names = [field.name for field in dataclasses.fields(Schedule)]
    values: dict[str, Any] = dict(plan.schedule)
    values |= {name: value for name in names if (value := getattr(params, name)) is not None}
    return build(Schedule, values, "schedule")
