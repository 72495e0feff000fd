"""A snapshot and a model that compares by vectors in; an index of all its pictures out.

`pairwright search` and `pairwright serve` look things up in it. The folder holds `index.faiss`,
`images.parquet` (the picture of each row), `rejected.parquet` (pictures that cannot be read) and
`about.json`: of which snapshot it is, and by which model.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import Field

from curate.dataset import record, sets, tables
from curate.dataset.errors import EmptySetError
from curate.stage.params import parameters
from curate.stage.run import run, write_json
from train.encoded import COLUMNS, Encoded
from train.search import nearest
from train.search.nearest import NearestParams


@parameters
class IndexParams:
    """How a snapshot's pictures are found."""

    nearest: NearestParams = NearestParams()
    batch: Annotated[int, Field(ge=1)] = 64  # pictures that are encoded at once


def main(snapshot: Path, encoder: Path, out: Path, params: IndexParams) -> dict[str, Any]:
    """Index every picture of a snapshot.

    Args:
        snapshot: folder with `manifest.parquet`.
        encoder: folder of a model, see `train.search.encoders`.
        out: folder to write.
        params: section `index`.

    Returns:
        How many pictures there are and are refused, the kind of index, and which share of the ten
        nearest to captions it finds.

    Raises:
        EmptySetError: no picture can be read.
        WeightsError: the folder holds no model.
        ParamsError: the model gives no vectors of pictures.
    """
    from train.search import encoders, opened, vectors

    model = encoders.load(encoder)
    columns = ["uid", "caption", "image", *COLUMNS]
    manifest = tables.read(snapshot / record.MANIFEST_FILE, columns)
    names = np.unique(manifest.column("image").to_numpy())
    encoded = Encoded(manifest, pa.array(names, pa.string()))
    refused: dict[int, str] = {}
    rows, found = vectors.of_pictures(encoded, model, params.batch, refused)
    if not len(rows):
        raise EmptySetError(f"{snapshot}: none of {len(names)} pictures can be read")
    index = nearest.build(found, params.nearest)
    rejected = [
        {
            "source": "snapshot",
            "item": names[number],
            "reason": "unreadable",
            "detail": f"{encoded.where(number)}: {cause}",
        }
        for number, cause in refused.items()
    ]
    out.mkdir(parents=True, exist_ok=True)
    index.save(out / opened.INDEX_FILE)
    images = pa.table({"image": names[rows]}, opened.IMAGES)
    tables.write(images, out / opened.IMAGES_FILE, "image", opened.IMAGES)
    table = pa.Table.from_pylist(rejected, record.REJECTED)
    tables.write(table, out / sets.REJECTED_FILE, ["item"], record.REJECTED)
    write_json(opened.described(snapshot, encoder), out / opened.ABOUT_FILE)
    asked = vectors.of_captions(manifest, model, params.batch)
    return {
        "pictures": len(rows),
        "rejected": len(rejected),
        "kind": index.kind,
        "recall_at_10": nearest.recall(index, found, asked),
    }


if __name__ == "__main__":
    run("train.index", section="index")
