"""Scene graphs and their links to WordNet become drawings: objects in a row, relations as arcs."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from curate.reports import cards, graphs
from curate.reports.inputs import Inputs, NotRun, among
from curate.reports.thumbnails import Thumbnails

TITLE = "Scene graphs"
LEAD = (
    "What captions say, as objects (boxes), attributes (below them) and relations (arcs), each "
    "tied to its words; below an object stands the WordNet sense it was linked to."
)


def section(inputs: Inputs, thumbnails: Thumbnails, params: Any) -> dict[str, Any]:
    """Counts, and the graphs of a few captions."""
    nodes = inputs.label("scene", "nodes")
    edges = inputs.label("scene", "edges")
    pairs = inputs.pool[inputs.pool["kept"]].set_index("uid", drop=False)
    chosen = _choose(nodes, edges, pairs, params.graphs)
    senses = _senses(inputs, chosen)
    shown = cards.rows(pairs.loc[chosen])
    objects = nodes[nodes["kind"] == "object"]
    common = objects["lemma"].value_counts()
    return {
        "captions": nodes["uid"].nunique(),
        "objects": len(objects),
        "attributes": len(nodes) - len(objects),
        "relations": len(edges),
        "common": [
            (word, int(common[word])) for word in sorted(common.index, key=_by(common))[:24]
        ],
        "kinds": _kinds(edges),
        "shown": [_drawn(pair, nodes, edges, senses, thumbnails) for pair in shown],
    }


def _by(counts: pd.Series) -> Any:
    return lambda word: (-counts[word], word)


def _kinds(edges: pd.DataFrame) -> list[tuple[str, int]]:
    counts = edges["lemma"].value_counts()
    return [(word, int(counts[word])) for word in sorted(counts.index, key=_by(counts))[:16]]


def _choose(nodes: pd.DataFrame, edges: pd.DataFrame, pairs: pd.DataFrame, count: int) -> list[str]:
    """Kept captions whose graphs have something to show, spread over their sources.

    Of each source first those with most of three kinds: several objects, a relation, an attribute.
    """
    held = nodes[among(nodes["uid"], pairs.index)]
    found = pd.DataFrame(
        {
            "objects": held[held["kind"] == "object"].groupby("uid").size(),
            "attributes": held[held["kind"] == "attribute"].groupby("uid").size(),
            "relations": edges[among(edges["uid"], pairs.index)].groupby("uid").size(),
        }
    ).fillna(0)
    found = found[(found["objects"] >= 1) & (found.sum(axis=1) <= 9)]
    found["rich"] = (
        (found["objects"] >= 2).astype(int)
        + (found["relations"] >= 1).astype(int)
        + (found["attributes"] >= 1).astype(int)
    )
    found["uid"] = found.index
    found["source"] = pairs["source"].reindex(found.index)
    found["caption"] = pairs["caption"].reindex(found.index)
    found = (
        found.reset_index(drop=True)
        .sort_values(["rich", "uid"], ascending=[False, True])
        .drop_duplicates("caption")
    )
    found["turn"] = found.groupby("source").cumcount()
    order = found.sort_values(["turn", "rich", "uid"], ascending=[True, False, True])
    return order.head(count)["uid"].tolist()


def _senses(inputs: Inputs, uids: list[str]) -> dict[tuple[str, int], graphs.Sense]:
    """The sense of each linked node of some captions; none where knowledge was not run."""
    try:
        links = inputs.label("knowledge", "links")
        synsets = inputs.label("knowledge", "synsets").set_index("synset")
        above = inputs.label("knowledge", "hypernyms").groupby("synset")["hypernym"].min()
    except NotRun:
        return {}
    names = synsets["name"]
    found: dict[tuple[str, int], graphs.Sense] = {}
    for link in cards.rows(links[links["uid"].isin(uids)]):
        line: list[str] = []
        current = link["synset"]
        while current in above.index and len(line) < 12 and above[current] in synsets.index:
            current = above[current]
            line.append(names[current].split(".")[0].replace("_", " "))
        sense = synsets.loc[link["synset"]]
        found[link["uid"], link["node"]] = graphs.Sense(
            sense["name"], sense["gloss"].partition('; "')[0], tuple(line)
        )
    return found


def _drawn(
    pair: Mapping[str, Any],
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    senses: dict[tuple[str, int], graphs.Sense],
    thumbnails: Thumbnails,
) -> dict[str, Any]:
    uid = pair["uid"]
    own = cards.rows(nodes[nodes["uid"] == uid].sort_values("node"))
    between = cards.rows(edges[edges["uid"] == uid].sort_values("edge"))
    linked = {n["node"]: senses[uid, n["node"]] for n in own if (uid, n["node"]) in senses}
    return {
        **cards.card(pair, thumbnails),
        "words": graphs.words(pair["caption"], own, between),
        "svg": graphs.draw(own, between, linked),
        "senses": [
            {"text": row["text"], **linked[row["node"]]._asdict()}
            for row in own
            if row["node"] in linked
        ],
        "alt": graphs.spoken(own, between),
    }
