"""Nodes of scene graphs in; noun phrases with their words, span and number of things, out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from align.scenegraph import OBJECT

NOTHING = ("no", "0")  # quantifiers that say that a thing is not there
_DIGITS = 9  # of a number that are read: no picture shows as many things
_TWO = ("pair", "couple")


class Phrase(NamedTuple):
    """A noun phrase."""

    node: int  # of its object in the scene graph
    start: int  # characters from the caption's start, of its first word
    end: int  # one past the last character
    words: str  # attributes as they stand and the object's lemma: small red apple
    things: int | None  # how many that it names; None: several, nobody says how many


def of_nodes(caption: str, nodes: Sequence[Mapping[str, Any]]) -> list[Phrase]:
    """The phrases of a caption, by node; none of what it says is not there.

    Args:
        caption: the caption.
        nodes: its rows of the labeler `scene`.
    """
    before: dict[int, list[Mapping[str, Any]]] = {}
    for node in nodes:
        if node["kind"] != OBJECT and node["parent"] is not None:
            before.setdefault(node["parent"], []).append(node)
    found = []
    for node in sorted(nodes, key=lambda n: n["node"]):
        if node["kind"] == OBJECT and node["quantifier"] not in NOTHING:
            own = [a for a in before.get(node["node"], []) if a["end"] <= node["start"]]
            found.append(_phrase(caption, node, sorted(own, key=lambda a: a["start"])))
    return found


def _phrase(caption: str, node: Mapping[str, Any], own: Sequence[Mapping[str, Any]]) -> Phrase:
    start = min([node["start"], *(a["start"] for a in own)])
    words = " ".join([*(a["text"] for a in own), node["lemma"]])
    return Phrase(node["node"], start, node["end"], words, _things(caption, node))


def _things(caption: str, node: Mapping[str, Any]) -> int | None:
    said = node["quantifier"] or ""
    if said.isdecimal():
        return int(said[:_DIGITS])
    if said in _TWO:
        return 2
    written = caption[node["start"] : node["end"]].casefold()
    return None if said or written.split()[-1:] != node["lemma"].casefold().split()[-1:] else 1


def distinct(phrases: Iterable[Phrase]) -> list[str]:
    """Their words, each once, ascending."""
    return sorted({phrase.words for phrase in phrases})
