"""Phrases, the regions that they name and relations of place become pictures with numbered boxes.

A phrase has the number of its place in the caption, and so has each box that it names; a phrase
that names none is said to be unsure. Pictures whose boxes contradict their captions stand apart.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pandas as pd

from curate.reports import cards, graphs
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.thumbnails import Thumbnails
from curate.reports.truths import Box, box

LABELER = "grounding"
_CORNERS = ["image", "region", "x1", "y1", "x2", "y2"]


def of(inputs: Inputs, thumbnails: Thumbnails, count: int) -> dict[str, Any]:
    """Counts, pictures with their phrases, and pictures that contradict their captions.

    Args:
        inputs: what the stages left.
        thumbnails: make the pictures.
        count: pictures of either kind, at most.

    Raises:
        NotRun: a table of scene graphs, regions or grounding is missing.
    """
    phrases = inputs.label(LABELER, "phrases")
    relations = inputs.label(LABELER, "relations")
    pairs = _kept(inputs)
    shown = pairs.loc[_choose(phrases, pairs[~pairs["was_made"]], count)]
    broken = pairs.index.isin(relations.loc[relations["holds"].eq(False), "uid"])
    wrong = pairs[broken].drop_duplicates("image").drop_duplicates("caption").head(count)
    figures = _Figures(inputs, thumbnails, pd.concat([shown, wrong]))
    named = phrases["regions"] > 0
    return {
        "phrases": len(phrases),
        "named": int(named.sum()),
        "several": int((phrases["regions"] > 1).sum()),
        "held": int(relations["holds"].eq(True).sum()),
        "contradicted": int(relations["holds"].eq(False).sum()),
        "untold": int(relations["holds"].isna().sum()),
        "measured": inputs.metrics_below("evaluate_grounding"),
        "shown": [figures.of(pair) for pair in cards.rows(shown)],
        "wrong": [figures.of(pair) for pair in cards.rows(wrong)],
    }


def _kept(inputs: Inputs) -> pd.DataFrame:
    """Kept pairs of the pool, then those that were made, by uid."""
    parts = [inputs.pool.assign(was_made=False)]
    with suppress(NotRun):
        parts.append(inputs.made.assign(was_made=True))
    pairs = pd.concat([part[part["kept"]] for part in parts])
    return pairs.set_index("uid", drop=False)


def _choose(phrases: pd.DataFrame, pairs: pd.DataFrame, count: int) -> list[str]:
    """Kept captions, by turns of each source, of which all is named and of which some is unsure.

    Of each first those of several phrases.
    """
    held = phrases[among(phrases["uid"], pairs.index)]
    known = held["regions"].gt(0).groupby(held["uid"]).agg(["size", "sum"]).reset_index()
    known["unsure"] = known["sum"] < known["size"]
    known["several"] = known["size"] > 1
    for name in ("source", "caption", "image"):
        known[name] = pairs[name].reindex(known["uid"]).to_numpy()
    known = known.sort_values(["several", "sum", "uid"], ascending=[False, False, True])
    known = known.drop_duplicates("caption").drop_duplicates("image")
    known["turn"] = known.groupby(["source", "unsure"]).cumcount()
    found: list[str] = known.sort_values(["turn", "source", "unsure"])["uid"].head(count).tolist()
    return found


class _Figures:
    """Makes figures of some pairs, from their rows of the labels alone."""

    def __init__(self, inputs: Inputs, thumbnails: Thumbnails, pairs: pd.DataFrame) -> None:
        self._thumbnails = thumbnails
        uids, images = (sorted(set(pairs[name])) for name in ("uid", "image"))
        read = {
            name: inputs.label(labeler, name, columns, uids)
            for labeler, name, columns in (
                (LABELER, "phrases", None),
                (LABELER, "alignments", None),
                (LABELER, "relations", None),
                ("scene", "nodes", ["uid", "node", "text"]),
                ("scene", "edges", ["uid", "edge", "source", "target", "relation"]),
            )
        }
        self._rows = {name: _by(frame, "uid") for name, frame in read.items()}
        regions = inputs.label("regions", "regions", _CORNERS, images)
        self._regions = {(row["image"], row["region"]): row for row in cards.rows(regions)}

    def of(self, pair: dict[str, Any]) -> dict[str, Any]:
        """A pair with its boxes, and what its phrases name."""
        uid = pair["uid"]
        own = {name: rows[uid] for name, rows in self._rows.items()}
        phrases = sorted(own["phrases"], key=lambda row: (row["start"], row["end"], row["node"]))
        numbers = {row["node"]: place + 1 for place, row in enumerate(phrases)}
        marked = [
            (row["start"], row["end"], _sign(numbers[row["node"]], row["regions"]))
            for row in phrases
        ]
        return {
            "card": cards.card(pair, self._thumbnails),
            "was_made": pair["was_made"],
            "words": graphs.pieces(pair["caption"], marked),
            "boxes": self._boxes(pair["image"], own["alignments"], numbers),
            "phrases": [
                {
                    "number": numbers[row["node"]],
                    **{name: row[name] for name in ("words", "regions", "best")},
                }
                for row in phrases
            ],
            "relations": _relations(own),
        }

    def _boxes(
        self, image: str, alignments: Iterable[dict[str, Any]], numbers: dict[int, int]
    ) -> list[Box]:
        """The regions that phrases name, each with the numbers of all that name it."""
        named: dict[int, list[int]] = defaultdict(list)
        for row in alignments:
            named[row["region"]].append(numbers[row["node"]])
        return [
            box(", ".join(map(str, sorted(who))), "", self._regions[image, region])
            for region, who in sorted(named.items())
        ]


def _relations(own: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The relations of place of a caption, in words, with what the boxes tell of each."""
    text = {row["node"]: row["text"] for row in own["nodes"]}
    edges = {row["edge"]: row for row in own["edges"]}
    found = []
    for row in own["relations"]:
        edge = edges[row["edge"]]
        found.append(
            {
                "said": f"{text[edge['source']]} {edge['relation']} {text[edge['target']]}",
                "place": row["place"],
                "told": "none" if row["holds"] is None else "held" if row["holds"] else "broken",
                "offset": None if pd.isna(row["offset"]) else row["offset"],
            }
        )
    return found


def _sign(number: int, regions: int) -> str:
    """The number of a phrase, and a question mark where it names no region."""
    return f"{number}" if regions else f"{number}?"


def _by(frame: pd.DataFrame, name: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in cards.rows(frame):
        found[row[name]].append(row)
    return found
