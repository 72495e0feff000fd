"""Sizes of objects in, boxes on a canvas out: beside, above, or scattered, never overlapping.

Boxes are (left, top, width, height) in pixels of a square canvas. An object is as large as its
`extent` says, the length of its longer side as a share of the canvas.
"""

import random
from collections.abc import Sequence

Place = tuple[int, int, int, int]
Shape = tuple[int, int]  # width and height of a cut-out, pixels
_MARGIN = 0.03  # of the canvas, at its rim
_GAP = 0.05  # of the canvas, between two objects
_ASIDE = 0.25  # of the shorter one: how far two objects' middles are off each other's line


def scaled(shape: Shape, extent: float, canvas: int) -> Shape:
    """A shape whose longer side is a share of the canvas."""
    scale = extent * canvas / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def in_line(
    first: Shape, second: Shape, axis: int, canvas: int, draw: random.Random
) -> tuple[Place, Place] | None:
    """Two objects beside each other (axis 0, the first left) or above each other (axis 1).

    Args:
        first: size in pixels, on the canvas.
        second: size in pixels.
        axis: 0 or 1.
        canvas: pixels of a side.
        draw: gives the places.

    Returns:
        None where there is no room for both.
    """
    rim, gap = round(_MARGIN * canvas), round(_GAP * canvas)
    free = canvas - 2 * rim - gap - first[axis] - second[axis]
    across = 1 - axis
    widest = max(first[across], second[across])
    if free < 0 or widest > canvas - 2 * rim:
        return None
    start = rim + round(draw.random() * free / 2)
    apart = gap + round(draw.random() * free / 2)
    starts = (start, start + first[axis] + apart)
    middle = draw.uniform(rim + widest / 2, canvas - rim - widest / 2)
    off = draw.uniform(-_ASIDE, _ASIDE) * min(first[across], second[across])
    middles = (middle, middle + off)
    found = []
    for size, begin, centre in zip((first, second), starts, middles, strict=True):
        aside = min(max(round(centre - size[across] / 2), rim), canvas - rim - size[across])
        corner = (begin, aside) if axis == 0 else (aside, begin)
        found.append((*corner, *size))
    return found[0], found[1]


def scattered(
    shapes: Sequence[Shape], extents: tuple[float, float], canvas: int, draw: random.Random
) -> list[Place]:
    """Objects in drawn cells of a grid, each of a drawn size within its cell.

    Args:
        shapes: of the cut-outs.
        extents: least and greatest share of its cell that an object takes.
        canvas: pixels of a side.
        draw: gives cells, sizes and places.
    """
    columns, rows = {1: (1, 1), 2: (2, 1), 3: (2, 2), 4: (2, 2), 5: (3, 2), 6: (3, 2)}[len(shapes)]
    if draw.random() < 0.5:
        columns, rows = rows, columns
    cells = [(column, row) for row in range(rows) for column in range(columns)]
    rim = round(_MARGIN * canvas)
    width, height = canvas // columns, canvas // rows
    room = (width - 2 * rim, height - 2 * rim)
    found = []
    for shape, (column, row) in zip(shapes, draw.sample(cells, len(shapes)), strict=True):
        scale = draw.uniform(*extents) * min(room[0] / shape[0], room[1] / shape[1])
        size = (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
        left = column * width + rim + draw.randint(0, max(0, room[0] - size[0]))
        top = row * height + rim + draw.randint(0, max(0, room[1] - size[1]))
        found.append((left, top, *size))
    return found


def swapped(a: Place, b: Place, axis: int) -> tuple[Place, Place]:
    """Two objects in line that change places: their span and their gap stay, and what is across.

    Args:
        a: place of one.
        b: place of the other.
        axis: in which they are in line.
    """
    low, high = min(a[axis], b[axis]), max(a[axis] + a[axis + 2], b[axis] + b[axis + 2])
    found = []
    for place in (a, b):
        start = high - place[axis + 2] if place[axis] == low else low
        corner = (start, place[1]) if axis == 0 else (place[0], start)
        found.append((*corner, *place[2:]))
    return found[0], found[1]


def resized(place: Place, shape: Shape, extent: float | None, canvas: int) -> Place:
    """Another object, or another size, around a box's middle; within the box where no size is.

    Args:
        place: the box.
        shape: of the cut-out.
        extent: longer side as a share of the canvas; None: as large as fits into the box.
        canvas: pixels of a side.
    """
    left, top, width, height = place
    if extent is None:
        extent = min(width / shape[0], height / shape[1]) * max(shape) / canvas
    size = scaled(shape, extent, canvas)
    middle = (left + width / 2, top + height / 2)
    corner = [round(m - s / 2) for m, s in zip(middle, size, strict=True)]
    inside = [min(max(c, 0), canvas - s) for c, s in zip(corner, size, strict=True)]
    return inside[0], inside[1], *size
