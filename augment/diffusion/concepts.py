"""Kept training pairs and their scene graphs in; the bank of concepts, rarest first, out.

A concept is the lemma of an object that captions name, and counts as often as there are kept
training pictures of it. Where no graphs are known yet, it is a whole caption.
"""

import functools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curate.dataset import tables

NODES, EDGES = "scene/nodes.parquet", "scene/edges.parquet"
_TRIMMED = " .!?。"  # around a caption that is taken for a concept
Fact = tuple[str, str, str | None, str | None]
"""Kind, subject, value and target, as in `truth.FACTS`."""


@dataclass(frozen=True)
class Phrase:
    """Words that a picture can be drawn to, and the pair whose caption they are from.

    Attributes:
        facts: all that the words state; None where no graph tells.
    """

    text: str
    lang: str
    parent: str
    image: str
    facts: tuple[Fact, ...] | None


@dataclass(frozen=True)
class Concept:
    """What can be drawn, the number of kept training pictures that show it, and words for it."""

    name: str
    pictures: int
    phrases: tuple[Phrase, ...]


@functools.lru_cache(maxsize=1)
def bank(
    training: Path, labels: Path | None, objects: int, language: str, sources: tuple[str, ...] = ()
) -> tuple[Concept, ...]:
    """All concepts that have words to be drawn by, the rarest first.

    Args:
        training: table of schema `sets.LOCATED`.
        labels: folder of the pool's labels, if there are any.
        objects: in the words, at most; small models mix up what several do.
        language: of the words.
        sources: whose pairs are looked at; none: all.
    """
    columns = ["uid", "image", "lang", "caption", "source"]
    rows = tables.read(training, columns).to_pylist()
    pairs = {
        row["uid"]: row
        for row in rows
        if row["lang"].split("-")[0] == language and (not sources or row["source"] in sources)
    }
    graphs = _graphs(labels) if labels is not None and (labels / NODES).is_file() else {}
    shown: dict[str, set[str]] = defaultdict(set)
    phrases: dict[str, set[Phrase]] = defaultdict(set)
    for uid, pair in sorted(pairs.items()):
        for name, phrase in _phrases(
            pair, graphs.get(uid) if graphs else None, objects, bool(graphs)
        ):
            shown[name].add(pair["image"])
            if phrase is not None:
                phrases[name].add(phrase)
    found = [
        Concept(name, len(shown[name]), tuple(sorted(some, key=lambda p: (p.text, p.parent))))
        for name, some in phrases.items()
    ]
    return tuple(sorted(found, key=lambda concept: (concept.pictures, concept.name)))


def _phrases(
    pair: dict[str, Any], graph: "_Graph | None", objects: int, known: bool
) -> list[tuple[str, Phrase | None]]:
    """Concepts of a pair, each with words for it or None: its caption, or an object of it."""
    text, lang, uid, image = pair["caption"], pair["lang"], pair["uid"], pair["image"]
    if graph is None:
        name = text.strip(_TRIMMED).casefold()
        return [] if known else [(name, Phrase(text, lang, uid, image, None))]
    own = [node for node in graph.nodes if node["kind"] == "object"]
    if len(own) <= objects:
        whole = Phrase(text, lang, uid, image, graph.facts())
        return [(node["lemma"], whole) for node in own]
    found: list[tuple[str, Phrase | None]] = []
    for node in own:
        facts: tuple[Fact, ...] = (("object", node["lemma"], None, None),)
        words = node["text"]
        for attribute in graph.attributes(node):
            # only what stands right before the noun is said the same way without the rest
            if attribute["end"] + 1 == node["start"]:
                words = f"{attribute['text']} {node['text']}"
                facts += (("attribute", node["lemma"], attribute["lemma"], None),)
        found.append(
            (node["lemma"], Phrase(words, lang, uid, image, facts) if len(facts) > 1 else None)
        )
    return found


class _Graph:
    """Nodes and edges of one caption."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []

    def attributes(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        return [n for n in self.nodes if n["kind"] == "attribute" and n["parent"] == node["node"]]

    def facts(self) -> tuple[Fact, ...]:
        """All that the caption states."""
        lemma = {node["node"]: node["lemma"] for node in self.nodes}
        found: list[Fact] = []
        for node in self.nodes:
            if node["kind"] == "object":
                found.append(("object", node["lemma"], None, None))
                if node["quantifier"]:
                    found.append(("count", node["lemma"], node["quantifier"], None))
            elif node["parent"] is not None:
                found.append(("attribute", lemma[node["parent"]], node["lemma"], None))
        for edge in self.edges:
            ends = lemma[edge["source"]], lemma[edge["target"]]
            found.append(("relation", ends[0], edge["lemma"], ends[1]))
        return tuple(dict.fromkeys(found))


def _graphs(labels: Path) -> dict[str, _Graph]:
    """Uid -> graph of its caption."""
    found: dict[str, _Graph] = defaultdict(_Graph)
    for node in tables.read(labels / NODES).to_pylist():
        found[node["uid"]].nodes.append(node)
    for edge in tables.read(labels / EDGES).to_pylist():
        found[edge["uid"]].edges.append(edge)
    return dict(found)
