"""A scene graph becomes an SVG drawing, its caption with the words marked, and a sentence.

Objects stand in a row in the order of the caption, attributes hang below their object, and
relations are arcs above, so a graph reads like its caption and never tangles.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

_LETTER = 9.2  # pixels, a wide letter of the drawing's type
_SMALL = 7.2  # pixels, of its smaller type
_PAD, _GAP = 12, 26  # pixels inside a box and between boxes
_BOX, _CHIP = 30, 24  # heights in pixels
_LEVEL = 30  # pixels from one arc to the next above it


class Sense(NamedTuple):
    """A WordNet sense: its name, gloss, and the chain of what it is a kind of."""

    name: str  # dog.n.01
    gloss: str
    line: tuple[str, ...]  # canine, carnivore, ..., entity


class _Box(NamedTuple):
    left: float
    width: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def draw(
    nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]], senses: Mapping[int, Sense]
) -> str:
    """Draw a graph.

    Args:
        nodes: rows of the scene labeler's nodes.
        edges: rows of its edges.
        senses: node -> its WordNet sense.

    Returns:
        An SVG element in the page's colours.
    """
    objects = [node for node in nodes if node["kind"] == "object"]
    chips = {
        node["node"]: [
            a["text"] for a in nodes if a["kind"] == "attribute" and a["parent"] == node["node"]
        ]
        for node in objects
    }
    boxes = _row(objects, chips, edges, senses)
    levels = _levels(edges, boxes)
    top = 14 + _LEVEL * (max(levels, default=-1) + 1)
    parts = [_arc(edge, boxes, level, top) for edge, level in zip(edges, levels, strict=True)]
    parts += [_object(node, boxes, chips, senses, top) for node in objects]
    width = max((box.left + box.width for box in boxes.values()), default=0) + 8
    lines = max((len(c) + (n in senses) for n, c in chips.items()), default=0)
    height = top + _BOX + lines * (_CHIP + 4) + 10
    return (
        f'<svg class="graph" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _row(
    objects: Sequence[dict[str, Any]],
    chips: Mapping[int, list[str]],
    edges: Sequence[dict[str, Any]],
    senses: Mapping[int, Sense],
) -> dict[int, _Box]:
    """A place for each object, wide enough for what hangs below, apart enough for its arcs."""
    boxes: dict[int, _Box] = {}
    left = 8.0
    for index, node in enumerate(objects):
        wide = [_PAD * 2 + _LETTER * len(_title(node))]
        wide += [_PAD * 2 + _SMALL * len(text) for text in chips[node["node"]]]
        if node["node"] in senses:
            wide.append(_SMALL * len(senses[node["node"]].name))
        boxes[node["node"]] = _Box(left, max(wide))
        following = objects[index + 1]["node"] if index + 1 < len(objects) else None
        between = [
            _SMALL * len(edge["relation"])
            for edge in edges
            if {edge["source"], edge["target"]} == {node["node"], following}
        ]
        left += max(wide) + max([_GAP, *(words - max(wide) / 2 for words in between)])
    return boxes


def _levels(edges: Sequence[dict[str, Any]], boxes: Mapping[int, _Box]) -> list[int]:
    """How high each arc rises, so that no two that share a stretch lie at the same height."""
    spans = [sorted(boxes[edge[end]].middle for end in ("source", "target")) for edge in edges]
    levels = [0] * len(edges)
    for index in sorted(range(len(edges)), key=lambda i: (spans[i][1] - spans[i][0], i)):
        low, high = spans[index]
        taken = {
            levels[other]
            for other in range(len(edges))
            if other != index
            and spans[other][0] < high
            and low < spans[other][1]
            and (spans[other][1] - spans[other][0], other) < (high - low, index)
        }
        levels[index] = next(level for level in range(len(edges) + 1) if level not in taken)
    return levels


def _arc(edge: dict[str, Any], boxes: Mapping[int, _Box], level: int, top: float) -> str:
    start, end = boxes[edge["source"]].middle, boxes[edge["target"]].middle
    shift = 6 if start < end else -6
    start, end, high = start + shift, end - shift, top - 4 - _LEVEL * (level + 0.62)
    bend = 14 if start < end else -14
    path = (
        f"M{start:.1f} {top:.1f} Q{start:.1f} {high:.1f} {start + bend:.1f} {high:.1f} "
        f"L{end - bend:.1f} {high:.1f} Q{end:.1f} {high:.1f} {end:.1f} {top - 5:.1f}"
    )
    middle, words = (start + end) / 2, escape(edge["relation"])
    tip = f"M{end - 4:.1f} {top - 7:.1f} L{end:.1f} {top:.1f} L{end + 4:.1f} {top - 7:.1f} Z"
    ground = _SMALL * len(edge["relation"]) + 10
    return (
        f'<path class="arc" d="{path}"/><path class="tip" d="{tip}"/>'
        f'<rect class="ground" x="{middle - ground / 2:.1f}" y="{high - 9:.1f}" '
        f'width="{ground:.1f}" height="18" rx="9"/>'
        f'<text class="relation" x="{middle:.1f}" y="{high + 4:.1f}">{words}</text>'
    )


def _object(
    node: dict[str, Any],
    boxes: Mapping[int, _Box],
    chips: Mapping[int, list[str]],
    senses: Mapping[int, Sense],
    top: float,
) -> str:
    box = boxes[node["node"]]
    parts = [
        f'<rect class="object" x="{box.left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
        f'height="{_BOX}" rx="8"/>'
        f'<text class="name" x="{box.middle:.1f}" y="{top + 20:.1f}">{escape(_title(node))}</text>'
    ]
    y = top + _BOX
    if node["node"] in senses:
        name = escape(senses[node["node"]].name)
        parts.append(f'<text class="sense" x="{box.middle:.1f}" y="{y + 16:.1f}">{name}</text>')
        y += _CHIP
    for text in chips[node["node"]]:
        wide = _PAD * 2 + _SMALL * len(text)
        parts.append(
            f'<path class="stem" d="M{box.middle:.1f} {y:.1f} v4"/>'
            f'<rect class="attribute" x="{box.middle - wide / 2:.1f}" y="{y + 4:.1f}" '
            f'width="{wide:.1f}" height="{_CHIP}" rx="12"/>'
            f'<text class="small" x="{box.middle:.1f}" y="{y + 20:.1f}">{escape(text)}</text>'
        )
        y += _CHIP + 4
    return "".join(parts)


def _title(node: dict[str, Any]) -> str:
    """An object's words, its number before them where the caption gives one."""
    quantifier = node.get("quantifier")
    if isinstance(quantifier, str) and quantifier not in node["text"].split():
        return f"{quantifier} × {node['text']}"
    return str(node["text"])


def words(
    caption: str, nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]]
) -> list[tuple[str, str]]:
    """The caption in pieces, each with what it stands for: object, attribute, relation or ""."""
    marked = [(n["start"], n["end"], n["kind"]) for n in nodes]
    marked += [(e["start"], e["end"], "relation") for e in edges]
    return pieces(caption, marked)


def pieces(caption: str, marked: Iterable[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """A caption cut where its marked words start and end, each piece with its mark or "".

    Args:
        caption: the whole of it.
        marked: start, end and mark of some words.
    """
    cut, place = [], 0
    for start, end, kind in sorted(set(marked)):
        if start < place:
            continue  # words that stand for two things are marked once
        cut += [(caption[place:start], ""), (caption[start:end], kind)]
        place = end
    return [piece for piece in [*cut, (caption[place:], "")] if piece[0]]


def spoken(nodes: Sequence[dict[str, Any]], edges: Sequence[dict[str, Any]]) -> str:
    """A graph as a sentence, for readers who do not see the drawing."""
    name = {node["node"]: node["text"] for node in nodes}
    objects = ", ".join(_title(node) for node in nodes if node["kind"] == "object")
    said = [f"objects: {objects}"]
    said += [
        f"{name.get(node['parent'], 'caption')} is {node['text']}"
        for node in nodes
        if node["kind"] == "attribute"
    ]
    said += [f"{name[e['source']]} {e['relation']} {name[e['target']]}" for e in edges]
    return "; ".join(said)
