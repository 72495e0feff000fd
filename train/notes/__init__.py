"""One file per thing that some plans or their tasks read besides captions, regions and classes.

    def read(corpus, words, limit, labels, labels_made) -> Note: ...   # limit: tokens
    FILE = "audio.parquet"   # the table of a set that it reads, if one has it; may be left out

A file reads labelers' or sets' tables for the pairs of a corpus; what it gives puts tensors into
the batch (`Batch.notes`). Only what a plan needs is read: an objective names it by
`needs(params)`, and `needed` knows what else a plan reads.
"""

from collections.abc import Callable, Sequence

import numpy as np
from torch import Tensor

from curate.dataset import files
from curate.dataset.errors import ParamsError
from curate.stage import plugin
from train.objectives import needs
from train.plan import Plan

Note = Callable[[np.ndarray, np.ndarray, int], dict[str, Tensor]]
"""(rows of the captions `(B,)`, rows of the pictures `(B,)`, tokens T) -> tensors by name."""

LABELERS = ("regions", "scene", "grounding", "negatives", "knowledge", "questions")
"""The labelers whose tables these files, and the corpus, read."""


def needed(plan: Plan) -> tuple[str, ...]:
    """The files of this folder that a plan and its tasks read.

    Raises:
        ParamsError: there are second captions, of whose tokens nothing is known.
    """
    asked = {
        "positions": plan.positions == "aligned",
        "facts": plan.facts,
        "entities": plan.entities,
    }
    own = {name for name, wanted in asked.items() if wanted}
    read = tuple(sorted(own | set(needs(plan.objectives))))
    if plan.second and read:
        raise ParamsError(
            f"second: {plan.second} has two captions, and {', '.join(read)} would be known of the "
            "first alone; leave out the tasks and fields that read it, or second"
        )
    return read


def listed(needs: Sequence[str], sets: Sequence[str]) -> list[files.Place]:
    """The tables of some sets that some files of this folder read, as far as there are such."""
    modules = [plugin.load(__name__, name) for name in needs]
    named = [module.FILE for module in modules if hasattr(module, "FILE")]
    found = [files.place(one) / name for name in named for one in sets]
    return [file for file in found if file.is_file()]
