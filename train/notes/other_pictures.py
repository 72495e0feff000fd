"""The second picture of a task's examples that have two; of a task's corpus alone.

Gives `other_features` `(B, R, F)` float32, `other_boxes` `(B, R, 4)` float32, `other_regions`
`(B, R)` bool and `other_labels` `(B, R)` int64, as `train.batch.Batch` has those of the first, and
`other_pixels` `(B, 3, S, S)` where pixels are read.
"""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import torch
from torch import Tensor

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
    """Read the second pictures of a task's examples.

    Raises:
        ParamsError: the corpus is of pairs.
        DataError: an example has not two pictures.
    """
    rows = of(corpus, "other_pictures")
    images = rows.column("images").combine_chunks()
    if pc.any(pc.not_equal(pc.list_value_length(images), 2)).as_py():
        raise DataError("an example has not two pictures, which the objective pair compares")
    place = pc.index_in(pc.list_element(images, 1), value_set=corpus.regions.names)
    other = place.to_numpy().astype(np.int64)
    regions = corpus.regions

    def note(shown: np.ndarray, pictures: np.ndarray, width: int) -> dict[str, Tensor]:  # noqa: ARG001
        image = other[shown]
        found = {
            "other_features": torch.from_numpy(regions.features[image]).float(),
            "other_boxes": torch.from_numpy(regions.boxes[image]),
            "other_regions": torch.from_numpy(regions.present[image]),
            "other_labels": torch.from_numpy(regions.labels[image]),
        }
        if corpus.pictures is not None:
            found["other_pixels"] = corpus.pictures.read(image)
        return found

    return note
