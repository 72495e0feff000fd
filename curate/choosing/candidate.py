"""What one model, or one variant of a model, reached at a task and costs, as it was measured.

A figure that no stage measured is None: nothing is concluded from another model's, or from what is
said of it elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

RETRIEVAL = "retrieval"  # the task that every model is measured by
_MB = 1e6  # bytes


class Quality(NamedTuple):
    """The figure that a task is compared by.

    Attributes:
        mean: over the runs.
        deviation: of the runs, sample standard deviation; None of a single one.
        runs: how many there are.
    """

    mean: float
    deviation: float | None
    runs: int


class Costs(NamedTuple):
    """What an answer needs, asked for one at a time on one core, and what training took.

    Attributes:
        p50_ms: CPU time of an answer, median; where that of a new picture was measured, with it.
        p99_ms: that 99 of 100 answers keep within.
        memory_mb: peak of a process that does nothing else.
        size_mb: of its files.
        training_hours: CPU time of training and measuring one run; of a variant that of making it
            of the model that is there.
    """

    p50_ms: float | None = None
    p99_ms: float | None = None
    memory_mb: float | None = None
    size_mb: float | None = None
    training_hours: float | None = None


class Stages(NamedTuple):
    """Stages of DVC that train and measure a model from one seed, and put all side by side.

    Attributes:
        one: name of the stage; the seed comes behind it.
        all: name of the stage that joins the figures.
        seeds: the parameter that names the seeds.
    """

    one: str
    all: str
    seeds: str = "comparison.seeds"


@dataclass(frozen=True)
class Candidate:
    """Something to take.

    Attributes:
        name: for readers.
        folder: where it lies.
        among: the figure, and what it was measured on: only what is alike here is comparable.
        questions: that it was asked.
        quality: what it reached.
        costs: what it needs.
        chance: what is reached without looking, as a blind guess or the best of such baselines.
        backbone: how it takes pictures in, see `train.plan.Plan.visual`.
        seeds: that it was trained from; none: it is one trained model.
        stages: those of DVC that train it from another seed; None: there are none.
        lacking: the command that measures what its costs lack.
        alike: the command that measures it on so many questions, where another was asked more.
        snapshot: fingerprint of the manifest that it was measured on, or, of a task, pretrained
            on; None: it was not told.
        looks: whether its time is that of an answer about a picture that is new, too, and not only
            of one whose regions are given.
    """

    name: str
    folder: str
    among: str
    questions: int
    quality: Quality
    costs: Costs
    chance: float | None = None
    backbone: str | None = None
    seeds: tuple[int, ...] = ()
    stages: Stages | None = None
    lacking: str = ""
    alike: str = ""
    snapshot: str | None = None
    looks: bool = False


class Missing(NamedTuple):
    """What was wanted and not measured.

    Attributes:
        name: of the run.
        command: that makes it.
        hours: of CPU that it takes, by what like runs took; None: none was timed.
    """

    name: str
    command: str
    hours: float | None


@dataclass(frozen=True)
class Measured:
    """All that was measured of a task, and what was not."""

    candidates: list[Candidate] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)


def of_answers(figures: Mapping[str, Any], seconds: float | None) -> Costs:
    """Costs by the figures `p50_ms`, `p99_ms`, `peak_mib` and `bytes`, spread over seeds or not."""
    told = {name: mean(figures.get(name)) for name in ("p50_ms", "p99_ms", "peak_mib", "bytes")}
    return Costs(
        told["p50_ms"],
        told["p99_ms"],
        None if told["peak_mib"] is None else told["peak_mib"] * 2**20 / _MB,
        None if told["bytes"] is None else told["bytes"] / _MB,
        None if seconds is None else seconds / 3600,
    )


def mean(figure: Any) -> float | None:
    """A number, or the mean of one that is spread over seeds; None where there is none."""
    return figure.get("mean") if isinstance(figure, Mapping) else figure


def together(values: Sequence[float | None]) -> float | None:
    """Their sum; None where one is not known, or there is none."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def usual(values: Sequence[float | None]) -> float | None:
    """The mean of those that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
