"""One file per official format of a task's data: what lies in its files becomes examples.

    OBJECTIVE = "answer"          # file of train/objectives/ that learns them
    METRIC = "accuracy"           # file of train/tasks/metrics/ that measures its answers; None:
                                  # captions and pictures find each other, train/tasks/searched.py
    @parameters class Params(FormatParams)    # keys of `tasks.<name>`
    def examples(params, reads) -> Iterator[Example | Omitted]: ...

`reads` is what `tasks.<name>.reads` names, a file or folder that DVC follows: the folder that the
official set was unpacked to, or `data/packages`. `examples` says what the set says, in an order
that is the same each time, and raises `SourceError` where the set as a whole cannot be had: what
was looked for, and what to get from where. Its pictures are read, and checked, by `train.task_set`,
each once: a picture is a path, or anything else that compares by what it names and is read by
`read_bytes()`. An example whose picture is missing or no picture is rejected with its reason. What
the set itself says is none, as where its annotators did not agree, is `Omitted` and counted apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from curate.stage.params import parameters
from train.ranges import Number, Share

Box = tuple[float, float, float, float]
"""x1, y1, x2, y2 relative to the picture, 0-1."""


@parameters
class FormatParams:
    """What every format is asked for."""

    validation: Share = 0.1  # of the training pictures that validate, where no example does
    test: Share = 0.2  # likewise that test
    licence: str | None = None  # of the pictures
    per_shard: Number = 500  # pictures in a tar, on average
    max_rejected: Share = 0.05  # of the examples; above it the stage stops


class Picture(Protocol):
    """A picture that lies somewhere, such as a `pathlib.Path`."""

    def __hash__(self) -> int:
        """By what it names."""

    def read_bytes(self) -> bytes:
        """Encoded bytes; raises OSError or DataError where there are none."""


@dataclass(frozen=True)
class Example:
    """What a format tells of one example; see `train.tasks.examples.EXAMPLES` for each."""

    example: str
    split: str  # all "train", and the others are carved out of it, where the set has no others
    pictures: tuple[Picture, ...]
    text: str
    lang: str = "en"
    choices: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()  # one for each answer
    boxes: tuple[Box, ...] = ()
    kind: str = ""
    group: str = ""
    details: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Omitted(NamedTuple):
    """What is no example, as a set is meant to be read."""

    item: str  # its official name
    reason: str  # a short class of reasons
    detail: str  # where it is, and what was found
