"""Kinds of rules about what repeats: captions beside many images, images that look the same."""

import numpy as np
import pyarrow as pa

from curate import duplicates
from curate.columns import Rows
from curate.rules.rule import Rule, Verdict


def shared_by(rows: Rows, rule: Rule, limit: int) -> Verdict:  # noqa: ARG001
    """The caption stands beside few images of its source."""
    frame = rows.pairs.select(["source", "lang", "caption", "image"]).to_pandas()
    images = frame.groupby(["source", "lang", "caption"])["image"].transform("nunique")
    margin = limit - images.to_numpy(np.float64)
    return Verdict(margin >= 0, np.ones(len(margin), np.bool_), margin, float(limit))


def near_duplicates(rows: Rows, rule: Rule, limit: int) -> Verdict:
    """No better image looks the same: of a better source, larger, or of an earlier name."""
    frame = rows.pairs.select(["image", "source", "width", "height"]).to_pandas()
    frame["phash"] = rows.column("phash.phash").to_pylist()
    frame["row"] = np.arange(len(frame))
    rank = {source: place for place, source in enumerate(rule.order)}
    frame["place"] = frame["source"].map(rank).fillna(len(rank))
    frame["pixels"] = frame["width"] * frame["height"]
    best = frame.dropna(subset="phash").sort_values(
        ["place", "pixels", "image", "row"], ascending=[True, False, True, True]
    )
    best = best.drop_duplicates("image")  # one row for each image, from best to worst
    colours = rows.column("phash.colours") if rule.colours is not None else None
    leader, distance = duplicates.followed(
        best["phash"].tolist(),
        limit,
        None if colours is None else colours.take(pa.array(best["row"], pa.int64())),
        rule.colours,
    )
    follows = leader != np.arange(len(best))
    gaps = dict(zip(best["image"][follows], distance[follows] - (limit + 1.0), strict=True))
    margin = frame["image"].map(gaps).to_numpy(np.float64)
    return Verdict(np.isnan(margin), frame["phash"].notna().to_numpy(), margin, limit + 1.0)
