"""A snapshot in the working directory in; an epoch of training batches made, and let go again.

    python -m benchmarks._scale._loader

No model is there and no step is taken. Each picture has the regions of a labeler that looks at
none: boxes and vectors drawn at random.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import record, tables
from curate.stage.params import build

_LABELS = Path("loader")
_LABELER = "regions"
_REGIONS, _WIDTH, _TOKENS = 4, 32, 32  # of a picture, of a vector, of a caption at most
_BATCH = 64  # pairs
_SAMPLING = {"languages": {"other": 1.0}, "negatives": 0.5, "unmasked": 0.5}


def main() -> None:
    """Make the batches of one epoch."""
    from train import text
    from train.batches import Batches
    from train.corpus import load
    from train.params import Sampling

    words = text.Words(Path("network"))
    shape = (_TOKENS, _REGIONS)
    corpus = load(Path("data/snapshot"), _LABELS, "train", words, *shape, made=Path("data/made"))
    batches = Batches(corpus, words, _BATCH, 0, build(Sampling, _SAMPLING, "sampling"))
    order = batches.order(0)
    pairs = sum(len(batches.make(0, rows).keys) for rows in order)
    print(f"{len(order)} batches of {pairs} pairs")


def look(project: Path) -> None:
    """Write the regions of the pictures of a snapshot that trains."""
    folder = project / _LABELS / _LABELER
    manifest = project / "data/snapshot" / record.MANIFEST_FILE
    images = pc.unique(tables.read(manifest, ["image"]).column("image")).sort()
    random = np.random.default_rng(0)
    count = len(images) * _REGIONS
    corners = np.sort(random.random((count, 2, 2), np.float32), axis=1)
    key = {
        "image": images.take(pa.array(np.repeat(np.arange(len(images)), _REGIONS))),
        "region": np.tile(np.arange(_REGIONS, dtype=np.int32), len(images)),
    }
    boxes = {name: corners[:, i // 2, i % 2] for i, name in enumerate(("x1", "y1", "x2", "y2"))}
    label = random.integers(0, 256, count, np.int32)
    for name, columns in (
        ("regions", {**key, **boxes, "label": label}),
        ("features", {**key, "feature": _vectors(count, random)}),
    ):
        tables.write(pa.table(columns), folder / f"{name}.parquet", tuple(key))
    whole = {"image": images, "embedding": _vectors(len(images), random)}
    tables.write(pa.table(whole), folder / "images.parquet", "image")


def _vectors(count: int, random: np.random.Generator) -> pa.Array:
    values = random.standard_normal(count * _WIDTH, np.float32).astype(np.float16)
    return pa.FixedSizeListArray.from_arrays(values, _WIDTH)


if __name__ == "__main__":
    main()
