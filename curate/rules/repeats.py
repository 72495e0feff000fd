"""Kinds of rules about what repeats: captions beside many images, images that look the same."""

import numpy as np
import pyarrow.compute as pc

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
    codes = rows.column("phash.phash")
    known = codes.is_valid().to_numpy(zero_copy_only=False)
    there = np.flatnonzero(known)
    best = there[duplicates.ranked(rows.pairs.take(there), rule.order)]
    colours = rows.column("phash.colours").take(best) if rule.colours is not None else None
    leader, distance = duplicates.followed(
        codes.take(best).to_pylist(), limit, colours, rule.colours
    )
    margins = np.where(leader == np.arange(len(best)), np.nan, distance - (limit + 1.0))
    images = rows.pairs.column("image")
    place = pc.index_in(images, value_set=images.take(best).combine_chunks())
    margin = np.append(margins, np.nan)[place.fill_null(-1).to_numpy()]
    return Verdict(np.isnan(margin), known, margin, limit + 1.0)
