"""Clusters of duplicates become rows of pictures with the one that stays first."""

from typing import Any

import pandas as pd

from curate.dataset import tables
from curate.reports import cards
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.thumbnails import Thumbnails

TITLE = "Near-duplicates"
LEAD = (
    "Pictures that are or look the same, whatever their bytes: one file under two names, one "
    "drawing in two collections, one screenshot with another button pressed. The one that stands "
    "for its cluster comes first; whether the others may stay is a rule's to say."
)
_MOST = 6  # pictures shown of a cluster
_COLUMNS = ["image", "cluster", "size", "keeper", "link", "keeper_bits"]
_LINKS = {  # kind of link, surest first -> what it means
    "exact": "the same pixels",
    "perceptual": "near in perceptual hash",
    "mirrored": "mirror image",
    "cropped": "crop",
    "semantic": "near in embedding",
}


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Counts of clusters, and some of them in pictures."""
    file = inputs.there(inputs.paths.scores, "score") / "duplicates.parquet"
    if not file.is_file():
        raise NotRun(f"{file} is missing; the stage score_pool@duplicates writes it")
    found = tables.read(file, _COLUMNS).to_pandas().rename(columns={"size": "members"})
    found = found[found["members"] > 1]
    pairs = inputs.pool[among(inputs.pool["image"], found["image"])]
    pairs = pairs.sort_values(["kept", "uid"], ascending=[False, True])
    images = pairs.drop_duplicates("image").merge(found, on="image")
    grouped = images.groupby("cluster")
    spans = grouped["source"].nunique()
    sizes = images.drop_duplicates("cluster")["members"]
    links = images["link"].value_counts()
    return {
        "images": len(images),
        "clusters": len(spans),
        "across": int((spans > 1).sum()),
        "largest": int(sizes.max()) if len(sizes) else 0,
        "links": [(said, int(links[kind])) for kind, said in _LINKS.items() if kind in links],
        "shown": [
            _cluster(images[images["cluster"] == name], thumbnails)
            for name in _choose(grouped, params.clusters)
        ],
    }


def _choose(grouped: Any, count: int) -> list[str]:
    """The largest cluster; then those of which something was kept, across most sources first."""
    order = pd.DataFrame(
        {
            "members": grouped["members"].first(),
            "kept": grouped["kept"].any(),
            "spans": grouped["source"].nunique(),
        }
    )
    order["largest"] = False
    if len(order):
        order.loc[order["members"].idxmax(), "largest"] = True
    ranks = ["largest", "kept", "spans", "cluster"]
    order = order.sort_values(ranks, ascending=[False, False, False, True])
    return order.index[:count].tolist()


def _cluster(images: pd.DataFrame, thumbnails: Thumbnails) -> dict[str, Any]:
    order = images.sort_values(["keeper", "kept", "uid"], ascending=[False, False, True])
    shown = [
        {**cards.card(pair, thumbnails, _facts(pair)), "kept": pair["kept"]}
        for pair in cards.rows(order.head(_MOST))
    ]
    return {
        "images": len(images),
        "rest": max(0, len(images) - _MOST),
        "sources": sorted(images["source"].unique()),
        "split": ", ".join(sorted(set(images["split"].dropna()))),
        "cards": shown,
        "kept": int(images["kept"].sum()),
    }


def _facts(pair: dict[str, Any]) -> list[tuple[str, str]]:
    if pair["keeper"]:
        return [("stands", "for all")]
    facts = [("link", _LINKS[pair["link"]])] if pair["link"] in _LINKS else []
    if not pd.isna(pair["keeper_bits"]):
        facts.append(("bits from the first", f"{int(pair['keeper_bits'])} of 64"))
    return facts
