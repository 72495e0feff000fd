"""Perceptual hashes become clusters of near-duplicates, those across sources first."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from curate import duplicates
from curate.dataset import tables
from curate.reports import cards
from curate.reports.inputs import Inputs, NotRun
from curate.reports.thumbnails import Thumbnails

TITLE = "Near-duplicates"
LEAD = (
    "Pictures that look alike, whatever their bytes: one file under two names, one drawing in two "
    "collections, one screenshot with another button pressed. What is kept stands first."
)
_MOST = 6  # pictures shown of a cluster


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Counts of clusters, and some of them in pictures."""
    images = _images(inputs)
    distance, colours = _limits(inputs)
    leaders, _ = duplicates.followed(
        images["phash"].tolist(), distance, pa.array(images["colours"]), colours
    )
    images = images.assign(cluster=leaders)
    images = images[images.groupby("cluster")["image"].transform("size") > 1]
    grouped = images.groupby("cluster")
    spans = grouped["source"].nunique()
    return {
        "distance": distance,
        "images": len(images),
        "clusters": len(spans),
        "across": int((spans > 1).sum()),
        "largest": int(grouped.size().max()) if len(spans) else 0,
        "shown": [
            _cluster(images, c, thumbnails) for c in _choose(grouped, spans, params.clusters)
        ],
    }


def _images(inputs: Inputs) -> pd.DataFrame:
    """One row per hashed image, a kept pair of it where there is one; kept images first."""
    file = inputs.there(inputs.paths.scores, "score") / "phash.parquet"
    if not file.is_file():
        raise NotRun(f"{file} is missing; the stage score@phash writes it")
    hashes = tables.read(file, ["image", "phash", "colours"]).to_pandas()
    order = inputs.pool.sort_values(["kept", "uid"], ascending=[False, True])
    images = order.drop_duplicates("image").merge(hashes.dropna(), on="image")
    return images.sort_values(["kept", "image"], ascending=[False, True], ignore_index=True)


def _limits(inputs: Inputs) -> tuple[int, float | None]:
    """Distance in bits and in colour of the rule on near-duplicates; 6 bits without one."""
    for rule in inputs.rules.values():
        if rule.near_duplicates is not None:
            return rule.near_duplicates, rule.colours
    return 6, None


def _choose(grouped: Any, spans: pd.Series, count: int) -> list[int]:
    """Clusters of which something was kept, those across most sources first, else by hash."""
    kept, first = grouped["kept"].any(), grouped["image"].min()
    order = sorted(spans.index, key=lambda c: (not kept[c], -spans[c], first[c]))
    return order[:count]


def _cluster(images: pd.DataFrame, cluster: int, thumbnails: Thumbnails) -> dict[str, Any]:
    members = images[images["cluster"] == cluster]
    members = members.sort_values(["kept", "source", "uid"], ascending=[False, True, True])
    shown = [
        {**cards.card(pair, thumbnails), "kept": pair["kept"]}
        for pair in cards.rows(members.head(_MOST))
    ]
    return {
        "images": len(members),
        "rest": max(0, len(members) - _MOST),
        "sources": sorted(members["source"].unique()),
        "split": ", ".join(sorted(set(members["split"].dropna()))),
        "cards": shown,
        "kept": int(np.sum(members["kept"])),
    }
