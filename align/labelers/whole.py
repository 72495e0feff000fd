"""Kept images and a scorer's vectors of them in; the whole picture as its one region, out.

The tables are those of the labeler `regions`, so that a model takes either: the feature and the
embedding of a picture are the scorer's vector. No pixel is looked at again, which makes it the
cheapest way to take pictures in: a locked image tower (Zhai et al., "LiT", CVPR 2022).
"""

import pyarrow as pa
import pyarrow.compute as pc

from align.labelers import Context, regions
from align.regions import classes
from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.stage.params import parameters

TABLES = regions.TABLES
SHARDS = regions.SHARDS
_BOX = {"x1": 0.0, "y1": 0.0, "x2": 1.0, "y2": 1.0}


@parameters
class Params:
    """Whose vectors."""

    scorer: str  # key of a scorer with embeddings of images, such as clip


def label(pairs: pa.Table, context: Context, params: Params) -> dict[str, pa.Table]:
    """One region for every image that the scorer has a vector of; all are of one class.

    Raises:
        ParamsError: no folder of embeddings was given.
        DataError: the scorer has none.
    """
    if context.embeddings is None:
        raise ParamsError("the labeler whole needs --embeddings, the scorers' vectors of the pairs")
    file = context.embeddings / params.scorer / "images.parquet"
    known = tables.read(file, ["image", "vector"]).combine_chunks()
    wanted = pc.unique(pairs.column("image"))
    place = pc.index_in(wanted, value_set=known.column("image").combine_chunks())
    there = wanted.filter(pc.is_valid(place))
    vector = known.column("vector").combine_chunks().take(place.drop_null())
    halves = vector.cast(pa.list_(pa.float16()))
    number = len(there)
    one = {
        "region": 0, **_BOX, "score": 1.0, "label": 0, "confidence": 1.0,
        "soft_labels": [0], "probabilities": [1.0], "detected": None,
    }  # fmt: skip
    rows = pa.Table.from_pylist([one] * number, pa.schema(list(regions.REGIONS)[1:]))
    both = {"image": there, "feature": halves, "embedding": halves}
    missing = wanted.filter(pc.is_null(place)).to_pylist()
    return {
        "regions": rows.add_column(0, regions.REGIONS.field("image"), there),
        "features": pa.table({**both, "region": [0] * number}).select(regions.FEATURES.names),
        "images": pa.table(both),
        "classes": pa.Table.from_pylist(
            [{"label": 0, "regions": number, "centre": [], "made_by": params.scorer}],
            classes.CLASSES,
        ),
        "rejected": pa.Table.from_pylist(
            [
                {
                    "source": "whole",
                    "item": image,
                    "reason": "no vector",
                    "detail": f"{file} has none of it",
                }
                for image in missing
            ],
            record.REJECTED,
        ),
    }
