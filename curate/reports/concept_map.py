"""Concepts and how many pictures show them together become an SVG map: what is shared is near.

A spring layout (Fruchterman and Reingold, 1991) places the concepts by what they share; then boxes
that overlap are pushed apart, so that every name can be read. Places are whole pixels.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

_LETTER, _PAD = 7.4, 11  # pixels: a wide letter of the map's type; inside a box
_HEIGHT, _GAP = 40, 12  # pixels: of a box, and between boxes
_WIDTH, _LEAST = 960, 300  # pixels: of the map; its least height
_ROUNDS = 400  # of pushing apart
_CLUSTER = 5  # concepts that have a column of their own
_AREA = 3.6  # of the map, over that of its boxes


class Concept(NamedTuple):
    """A concept on the map."""

    name: str
    pictures: int
    field: str  # of meaning; names the box's colour, see `draw`


class Link(NamedTuple):
    """Two concepts that pictures show together."""

    first: int  # place among the concepts
    second: int
    pictures: int


def draw(concepts: Sequence[Concept], links: Sequence[Link], colours: Mapping[str, str]) -> str:
    """Draw a map.

    Args:
        concepts: its boxes.
        links: its lines, the wider the more pictures.
        colours: field -> CSS class; a field without one is `others`.

    Returns:
        An SVG element in the page's colours.
    """
    sizes = np.array([(_wide(c), _HEIGHT) for c in concepts], float)
    places, height = _placed(sizes, links)
    most = max((link.pictures for link in links), default=1)
    parts = []
    for link in sorted(links, key=lambda link: link.pictures):
        (x1, y1), (x2, y2) = places[link.first], places[link.second]
        wide = 1 + 5 * (link.pictures / most) ** 0.5
        parts.append(
            f'<path class="link" d="M{x1:.0f} {y1:.0f} L{x2:.0f} {y2:.0f}" '
            f'stroke-width="{wide:.1f}"/>'
        )
    for concept, (x, y), (wide, _) in zip(concepts, places, sizes, strict=True):
        parts.append(
            f'<g class="{colours.get(concept.field, "others")}">'
            f'<rect x="{x - wide / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{wide:.0f}" '
            f'height="{_HEIGHT}" rx="8"/><text class="name" x="{x:.0f}" y="{y - 2:.0f}">'
            f'{escape(concept.name)}</text><text class="count" x="{x:.0f}" y="{y + 13:.0f}">'
            f"{concept.pictures:,}</text></g>"
        )
    return (
        f'<svg class="concepts" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _wide(concept: Concept) -> float:
    return 2 * _PAD + _LETTER * max(len(concept.name), len(f"{concept.pictures:,}"), 3)


def _placed(sizes: np.ndarray, links: Sequence[Link]) -> tuple[np.ndarray, int]:
    """Middles of boxes `(n, 2)` in pixels, and the height of the map.

    What hangs together (communities by modularity; Clauset, Newman and Moore, 2004) has a column,
    the wider the more there is of it; small communities share one.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(sizes)))
    graph.add_weighted_edges_from((a, b, n**0.5) for a, b, n in links)
    alone = [[node] for node in graph]  # modularity is of links
    near = nx.community.greedy_modularity_communities(graph, weight="weight") if links else alone
    clusters = sorted(map(sorted, near), key=lambda cluster: (-len(cluster), cluster))
    columns = [cluster for cluster in clusters if len(cluster) >= _CLUSTER]
    if small := [node for cluster in clusters if len(cluster) < _CLUSTER for node in cluster]:
        columns.append(small)
    areas = [float((sizes[column] + _GAP).prod(axis=1).sum()) for column in columns]
    height = max(_LEAST, round(_AREA * sum(areas) / _WIDTH))
    least = [float(sizes[column, 0].max()) + _GAP for column in columns]
    spare = max(_WIDTH - sum(least), 0)
    places, left = np.zeros((len(sizes), 2)), 0.0
    for column, area, narrow in zip(columns, areas, least, strict=True):
        inside = np.array([narrow + spare * area / sum(areas), height])
        spread = nx.spring_layout(
            graph.subgraph(column), seed=0, iterations=200, k=2 / len(column) ** 0.5
        )
        found = np.array([spread[node] for node in column]).reshape(-1, 2)
        first, reach = found.min(axis=0), np.ptp(found, axis=0)
        room = inside - sizes[column] - 2
        found = sizes[column] / 2 + 1 + (found - first) / np.where(reach > 0, reach, 1) * room
        places[column] = _apart(found, sizes[column], inside) + np.array([left, 0])
        left += inside[0]
    return places.round(), height


def _apart(places: np.ndarray, sizes: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Push boxes that overlap apart, along the way that is shorter, within the map."""
    room = (sizes[:, None] + sizes[None]) / 2 + _GAP  # least distance of two middles
    one = np.arange(len(places))
    for _ in range(_ROUNDS):
        between = places[:, None] - places[None]
        lack = np.clip(room - np.abs(between), 0, None)
        touching = lack.min(axis=2) > 0
        touching[one, one] = False
        if not touching.any():
            break
        flat = lack[..., 0] < lack[..., 1]
        away = np.where(
            between == 0, np.sign(one[:, None] - one[None])[..., None], np.sign(between)
        )
        push = away * lack * np.stack((flat, ~flat), -1) * touching[..., None]
        places = np.clip(places + 0.3 * push.sum(axis=1), sizes / 2 + 1, inside - sizes / 2 - 1)
    return places
