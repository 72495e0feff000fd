"""Pictures and captions of a snapshot in; their vectors by a model, for an index, out."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from torch import Tensor

from curate.dataset.errors import ImageError
from curate.stage.cluster import progress
from train import draws
from train.encoded import Encoded
from train.search.encoders import Encoder

_QUERIES = 1000  # captions by which an index is compared with an exact search, at most


def of_pictures(
    encoded: Encoded, model: Encoder, size: int, refused: dict[int, str]
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers and vectors of the pictures that can be read; why others cannot goes to `refused`."""
    numbers: list[int] = []

    def prepared() -> Iterator[Tensor]:
        order = encoded.order(np.arange(len(encoded)))
        for number, data in zip(order.tolist(), encoded.read(order), strict=True):
            try:
                picture = model.prepared(data)
            except ImageError as error:
                refused[number] = str(error)
            else:
                numbers.append(number)
                yield picture

    vectors = []
    with progress(len(encoded), "index", "images") as bar:
        for batch in _batches(prepared(), size):
            vectors.append(model.pictures(batch))
            bar.update(len(batch))
    by_name = np.argsort(numbers)
    found = np.concatenate(vectors)[by_name] if vectors else np.zeros((0, 0), np.float32)
    return np.array(numbers, np.int64)[by_name], found


def _batches(items: Iterator[Tensor], size: int) -> Iterator[list[Tensor]]:
    while batch := [item for _, item in zip(range(size), items, strict=False)]:
        yield batch


def of_captions(manifest: pa.Table, model: Encoder, size: int) -> np.ndarray:
    """Vectors of some of a snapshot's captions, chosen by uid."""
    chance = draws.uniform(draws.keys(manifest.column("uid").to_pylist()), 1, "queries")[:, 0]
    captions = manifest.column("caption").take(np.argsort(chance)[:_QUERIES]).to_pylist()
    parts = (captions[start : start + size] for start in range(0, len(captions), size))
    return np.concatenate([model.texts(part) for part in parts])
