"""The snapshot's graph becomes a drawing of what it holds, a map of concepts, and a few of them."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curate.dataset import tables
from curate.reports import cards, concept_map, graph_plan
from curate.reports.inputs import Inputs, NotRun
from curate.reports.thumbnails import Thumbnails

TITLE = "The graph"
LEAD = (
    "Pictures, captions, their phrases, regions and what the phrases mean are one graph. On the "
    "map a box is a concept with the pictures whose captions name it; a line joins two that "
    "pictures show together at least twice as often as by chance, the wider the more. "
    "`pairwright concept dog` tells of any."
)
_SENSE = re.compile(r"\.[a-z]\.\d+$")  # ends a synset's name
_COLOURS = ("first", "second", "third", "fourth", "fifth")  # of the commonest fields of meaning
_TOLD = 6  # concepts that are told of, each of another field where there are so many
_PICTURES = 5  # of each
_BESIDE = 8
_LEAST = 2  # pictures that a line needs, and times as many as by chance


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """What the graph holds, its map, and a few concepts with pictures."""
    folder = inputs.there(inputs.paths.graph, "graph")
    held = inputs.metrics("graph")
    if not held:
        raise NotRun("metrics/graph.json is missing; the stage graph writes it")
    concepts = tables.read(folder / "concepts.parquet").to_pandas()
    meanings = concepts[concepts["field"].notna()].set_index("concept")
    pairs = _pairs(folder, meanings, held["nodes"]["image"])
    shown = _chosen(pairs, params.concepts)
    fields = meanings.loc[shown, "field"].value_counts()
    order = sorted(fields.index, key=lambda field: (-fields[field], field))
    colours = dict(zip(order, _COLOURS, strict=False))
    boxes = [
        concept_map.Concept(_word(row["name"]), row["pictures"], row["field"])
        for row in cards.rows(meanings.loc[shown])
    ]
    place = {concept: at for at, concept in enumerate(shown)}
    lines = [
        concept_map.Link(place[one], place[other], pictures)
        for one, other, pictures in _listed(pairs)
        if one in place and other in place
    ]
    told = [_told(n, folder, meanings, pairs, inputs, thumbnails) for n in _telling(meanings)]
    return {
        "plan": graph_plan.draw(held["nodes"], held["edges"]),
        "nodes": held["nodes"],
        "edges": held["edges"],
        "map": concept_map.draw(boxes, lines, colours) if boxes else None,
        "spoken": "; ".join(f"{boxes[a].name} with {boxes[b].name} in {n}" for a, b, n in lines),
        "legend": [(field.removeprefix("noun."), colours.get(field, "others")) for field in order],
        "told": told,
    }


def _pairs(folder: Path, meanings: pd.DataFrame, pictures: int) -> pd.DataFrame:
    """Pairs of meanings that belong together, those of most pictures first, with their `lift`."""
    often = pc.field("pictures") >= _LEAST
    pairs = tables.wanted([folder / "together.parquet"], often).to_pandas()
    pairs = pairs[pairs["concept"].isin(meanings.index) & pairs["other"].isin(meanings.index)]
    own, other = (
        meanings["pictures"].reindex(pairs[name]).to_numpy() for name in ("concept", "other")
    )
    pairs["lift"] = pairs["pictures"].to_numpy() * pictures / (own * other)
    order = pairs[pairs["lift"] >= _LEAST]
    return order.sort_values(["pictures", "concept", "other"], ascending=[False, True, True])


def _listed(pairs: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Pairs as concept, other concept, pictures."""
    return list(pairs[["concept", "other", "pictures"]].itertuples(index=False, name=None))


def _chosen(pairs: pd.DataFrame, count: int) -> list[str]:
    """Concepts of the pairs of most pictures, at most so many."""
    found: dict[str, None] = {}
    for *pair, _ in _listed(pairs):
        if len(found.keys() | set(pair)) <= count:
            found |= dict.fromkeys(pair)
    return list(found)


def _telling(meanings: pd.DataFrame) -> list[str]:
    """The commonest concept of each of the commonest fields of meaning."""
    named = meanings[meanings["pictures"] > 0].sort_index()
    order = named.sort_values("pictures", ascending=False, kind="stable")
    return order.drop_duplicates("field").head(_TOLD).index.tolist()


def _told(
    concept: str,
    folder: Path,
    meanings: pd.DataFrame,
    pairs: pd.DataFrame,
    inputs: Inputs,
    thumbnails: Thumbnails,
) -> dict[str, Any]:
    """A concept with some pictures, and what belongs to it."""
    files = sorted((folder / "parts").glob("*/mentions.parquet"))
    wanted = pc.field("concept").isin(pa.array([concept]))
    mentions = tables.wanted(files, wanted, ["image", "caption"]).to_pandas()
    first = mentions.sort_values(["image", "caption"]).drop_duplicates("image").head(_PICTURES)
    rows = inputs.manifest[inputs.manifest["uid"].isin(first["caption"])].sort_values("uid")
    (about,) = cards.rows(meanings.loc[[concept]])
    names = {at: _word(name) for at, name in meanings["name"].items()}
    beside = [(one, other, n) for one, other, n in _listed(pairs) if concept in (one, other)]
    return {
        "name": about["name"],
        "gloss": str(about["gloss"] or "").partition('; "')[0],
        "pictures": about["pictures"],
        "below": about["pictures_below"],
        "shown": cards.cards(rows, thumbnails),
        "beside": [
            (names[other if one == concept else one], pictures)
            for one, other, pictures in beside[:_BESIDE]
        ],
    }


def _word(name: str) -> str:
    """A synset's name as a word: ice cream of ice_cream.n.01."""
    return _SENSE.sub("", name).replace("_", " ")
