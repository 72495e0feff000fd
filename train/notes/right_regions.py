"""How much regions are the ones that a task's examples ask for; of a task's corpus alone.

Gives `right_regions` `(B, R)` float32, of each region of the picture its largest intersection over
union with a box that counts as right.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from curate.dataset.boxes import over_union
from curate.dataset.errors import DataError
from train.corpus import Corpus
from train.notes import Note
from train.tasks.asked import of
from train.text import Words


def read(
    corpus: Corpus,
    words: Words,  # noqa: ARG001
    limit: int,  # noqa: ARG001
    labels: Path,  # noqa: ARG001
    labels_made: Path | None,  # noqa: ARG001
) -> Note:
    """Read the boxes of a task's examples.

    Raises:
        ParamsError: the corpus is of pairs.
        DataError: an example has no box.
    """
    boxes = [np.array(told) for told in of(corpus, "right_regions").column("boxes").to_pylist()]
    if lacking := [name for name, told in zip(corpus.uids, boxes, strict=True) if not len(told)]:
        raise DataError(f"example {lacking[0]!r} has no box, which the objective region looks for")
    regions = corpus.regions

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        image = corpus.image[pictures]
        overlaps = [
            over_union(own.astype(np.float64), boxes[row]).max(1)
            for own, row in zip(regions.boxes[image], shown, strict=True)
        ]
        found = np.stack(overlaps).astype(np.float32) * regions.present[image]
        return {"right_regions": torch.from_numpy(found)}

    return note
