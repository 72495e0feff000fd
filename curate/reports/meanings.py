"""Links to WordNet and other graphs become words of captions with what they were taken to mean."""

from collections import Counter
from typing import Any

import pandas as pd

from curate.reports import cards, graphs
from curate.reports.inputs import Inputs, among
from curate.reports.thumbnails import Thumbnails

LABELER = "knowledge"
_LINKS = ["uid", "node", "synset", "lemma", "rank", "method", "margin"]


def of(inputs: Inputs, thumbnails: Thumbnails, count: int) -> dict[str, Any]:
    """Counts, nouns that are not used in their commonest sense, and links to other graphs.

    Args:
        inputs: what the stages left.
        thumbnails: make the pictures.
        count: nouns shown, and things of other graphs, at most.

    Raises:
        NotRun: a table of scene graphs or of knowledge is missing.
    """
    links = inputs.label(LABELER, "links", _LINKS)
    entities = inputs.label(LABELER, "entities")
    depicted = inputs.label(LABELER, "depicted")
    pairs = inputs.pool[inputs.pool["kept"]].set_index("uid", drop=False)
    other = links[(links["rank"] > 1) & among(links["uid"], pairs.index)]
    nouns = _by_turns(other, "synset", "method", count)
    known = entities[among(entities["uid"], pairs.index)]
    named = _by_turns(known, "concept", "method", count // 2)
    seen = depicted.merge(pairs.drop_duplicates("image")[["image", "uid"]], on="image")
    seen = seen.sort_values(["uid", "concept"]).drop_duplicates("concept").head(count // 2)
    methods = links["method"].value_counts()
    of_graphs = Counter(concept.partition(":")[0] for concept in entities["concept"])
    told = _Told(inputs, pairs, thumbnails, [*nouns["uid"], *named["uid"]])
    return {
        "links": len(links),
        "meanings": int(links["synset"].nunique()),
        "other": int((links["rank"] > 1).sum()),
        "methods": [(n, int(methods[n])) for n in sorted(methods.index, key=lambda n: -methods[n])],
        "graphs": sorted(of_graphs.items()),
        "depicted": len(depicted),
        "nouns": told.nouns(nouns),
        "named": told.concepts(named),
        "seen": told.concepts(seen),
    }


def _by_turns(rows: pd.DataFrame, thing: str, group: str, count: int) -> pd.DataFrame:
    """Rows of different things, of each group in turn."""
    order = rows.sort_values(["uid", "node"]).drop_duplicates(thing)
    turn = order.groupby(group).cumcount()
    return order.assign(turn=turn).sort_values(["turn", group, "uid"]).head(count)


class _Told:
    """Tells of nouns and concepts, each table read for what is shown alone."""

    def __init__(
        self, inputs: Inputs, pairs: pd.DataFrame, thumbnails: Thumbnails, uids: list[str]
    ) -> None:
        self._inputs = inputs
        self._pairs = pairs
        self._thumbnails = thumbnails
        nodes = inputs.label("scene", "nodes", ["uid", "node", "start", "end"], uids)
        self._spans = {(row["uid"], row["node"]): row for row in cards.rows(nodes)}
        columns = ["uid", "node", "branch", "text"]
        branches = inputs.label(LABELER, "branches", columns, uids).sort_values("branch")
        self._facts = branches.groupby(["uid", "node"])["text"].agg(list).to_dict()

    def nouns(self, links: pd.DataFrame) -> list[dict[str, Any]]:
        """Links to WordNet with the sense that was chosen and why."""
        columns = ["synset", "name", "gloss"]
        names = self._inputs.label(LABELER, "synsets", columns, list(links["synset"]))
        named = {row["synset"]: row for row in cards.rows(names)}
        return [
            {
                **self._shown(row),
                "code": None,
                "name": named[row["synset"]]["name"],
                "about": named[row["synset"]]["gloss"].partition('; "')[0],
                "facts": self._facts.get((row["uid"], row["node"]), []),
                "margin": None if pd.isna(row["margin"]) else row["margin"],
                **{name: row[name] for name in ("rank", "method")},
            }
            for row in cards.rows(links)
        ]

    def concepts(self, linked: pd.DataFrame) -> list[dict[str, Any]]:
        """Links to other graphs with what these say."""
        columns = ["concept", "name", "description"]
        names = self._inputs.label(LABELER, "concepts", columns, list(linked["concept"]))
        named = {row["concept"]: row for row in cards.rows(names)}
        return [
            {
                **self._shown(row),
                "code": row["concept"],
                "name": named[row["concept"]]["name"],
                "about": named[row["concept"]]["description"],
            }
            for row in cards.rows(linked)
        ]

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        """The pair, its noun marked where there is one."""
        (pair,) = cards.rows(self._pairs.loc[[row["uid"]]])
        span = self._spans.get((row["uid"], row.get("node")))
        marked = [(span["start"], span["end"], "object")] if span else []
        return {
            "card": cards.card(pair, self._thumbnails),
            "words": graphs.pieces(pair["caption"], marked),
        }
