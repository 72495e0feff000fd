"""Kept training pairs and their scene graphs in; the bank of concepts, rarest first, out.

A concept is the lemma of an object that captions name, and counts as often as there are kept
training pictures of it. Where no graphs are known yet, it is a whole caption.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.facts import Graph, Row, all_graphs
from curate.dataset import tables
from curate.dataset.languages import primary
from curate.dataset.read_once import read_once
from curate.dataset.truth import ATTRIBUTE, OBJECT, Fact

_TRIMMED = " .!?。"  # around a caption that is taken for a concept


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


@read_once(lambda training, labels, *_: [training, *([labels / "scene"] if labels else [])], keep=1)
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
        if primary(row["lang"]) == language and (not sources or row["source"] in sources)
    }
    labelled = labels is not None and (labels / "scene").is_dir()
    graphs = all_graphs(labels) if labels is not None and labelled else {}
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
    pair: dict[str, Any], graph: Graph | None, objects: int, known: bool
) -> list[tuple[str, Phrase | None]]:
    """Concepts of a pair, each with words for it or None: its caption, or an object of it."""
    text, lang, uid, image = pair["caption"], pair["lang"], pair["uid"], pair["image"]
    if graph is None:
        name = text.strip(_TRIMMED).casefold()
        return [] if known else [(name, Phrase(text, lang, uid, image, None))]
    own = graph.objects()
    if len(own) <= objects:
        whole = Phrase(text, lang, uid, image, tuple(graph.facts()))
        return [(node["lemma"], whole) for node in own]
    found: list[tuple[str, Phrase | None]] = []
    for node in own:
        facts: tuple[Fact, ...] = (Fact(OBJECT, node["lemma"]),)
        words = node["text"]
        for attribute in _attributes(graph, node):
            # only what stands right before the noun is said the same way without the rest
            if attribute["end"] + 1 == node["start"]:
                words = f"{attribute['text']} {node['text']}"
                facts += (Fact(ATTRIBUTE, node["lemma"], attribute["lemma"]),)
        found.append(
            (node["lemma"], Phrase(words, lang, uid, image, facts) if len(facts) > 1 else None)
        )
    return found


def _attributes(graph: Graph, node: Row) -> list[Row]:
    return [other for other in graph.nodes if other["parent"] == node["node"]]
