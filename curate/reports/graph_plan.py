"""Counts of a graph's nodes and edges by kind become an SVG plan: how its kinds are joined."""

from collections.abc import Mapping
from typing import NamedTuple

_WIDTH, _HEIGHT = 136, 54  # pixels of a box


class _Join(NamedTuple):
    """An edge of the plan, from one kind of node to another."""

    source: str
    target: str
    kind: str
    counted: str | None  # kind of node that has one such edge each, where edges share their kind


_PLACES: dict[str, tuple[float, float]] = {  # middles of the boxes
    "image": (78, 60), "caption": (330, 60),
    "region": (78, 190), "phrase": (330, 190), "concept": (582, 190),
}  # fmt: skip
_TITLES = {
    "caption": "captions", "image": "pictures", "phrase": "phrases", "region": "regions",
    "concept": "concepts",
}  # fmt: skip
_JOINS = (
    _Join("caption", "image", "describes", None),
    _Join("phrase", "caption", "in", "phrase"),
    _Join("region", "image", "in", "region"),
    _Join("phrase", "region", "shown in", None),
    _Join("phrase", "concept", "means", None),
)
_LOOPS = {  # edges within a kind of node, told below its box, or above it in the upper row
    "caption": ("made from", "carried from"), "phrase": ("attribute", "relation"),
    "concept": ("kind of",),
}  # fmt: skip


def draw(nodes: Mapping[str, int], edges: Mapping[str, int]) -> str:
    """Draw the plan of a graph.

    Args:
        nodes: how many there are of each kind.
        edges: the same of edges.

    Returns:
        An SVG element in the page's colours.
    """
    counts = {
        join: nodes.get(join.counted, 0) if join.counted else edges.get(join.kind, 0)
        for join in _JOINS
    }
    parts = [_line(join, count) for join, count in counts.items() if count]
    parts += [_box(kind, nodes.get(kind, 0), edges) for kind in _PLACES]
    return (
        '<svg class="plan" viewBox="0 0 660 250" width="660" height="250" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _box(kind: str, count: int, edges: Mapping[str, int]) -> str:
    x, y = _PLACES[kind]
    loops = [f"{name} {edges[name]:,}" for name in _LOOPS.get(kind, ()) if edges.get(name)]
    place = y - _HEIGHT / 2 - 10 if kind in ("image", "caption") else y + _HEIGHT / 2 + 16
    return (
        f'<rect x="{x - _WIDTH / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="9"/>'
        f'<text class="name" x="{x}" y="{y - 3:g}">{_TITLES[kind]}</text>'
        f'<text class="count" x="{x}" y="{y + 16:g}">{count:,}</text>'
        f'<text class="loop" x="{x}" y="{place:.0f}">{", ".join(loops)}</text>'
    )


def _line(join: _Join, count: int) -> str:
    (x1, y1), (x2, y2) = _PLACES[join.source], _PLACES[join.target]
    if x1 == x2:
        step = _HEIGHT / 2 if y2 > y1 else -_HEIGHT / 2
        y1, y2 = y1 + step, y2 - step
        x, y, anchor = x1 + 8, (y1 + y2) / 2 + 4, "start"
    else:
        step = _WIDTH / 2 if x2 > x1 else -_WIDTH / 2
        x1, x2 = x1 + step, x2 - step
        x, y, anchor = (x1 + x2) / 2, (y1 + y2) / 2 - 7, "middle"
    words = join.kind if join.counted else f"{join.kind} {count:,}"
    return (
        f'<path class="link" d="M{x1:.0f} {y1:.0f} L{x2:.0f} {y2:.0f}"/>'
        f'<circle class="end" cx="{x2:.0f}" cy="{y2:.0f}" r="4"/>'
        f'<text class="edge" text-anchor="{anchor}" x="{x:.0f}" y="{y:.0f}">{words}</text>'
    )
