"""Which transforms a picture gets, and with which arguments: (name, layout, params) -> a recipe.

Each transform and argument has a draw of its own, by the picture's name, so that adding one leaves
the others as they were. The recipe holds every argument in albumentations' terms.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from augment.layout import Layout
from augment.made import seed, unit_interval
from augment.transforms.apply import library_version
from augment.transforms.rules import RULES, Rule

_CONSTANT, _REFLECT_101, _AREA = 0, 4, 3  # OpenCV's border modes and interpolation
_LEVELS = 64  # evenly spaced values that are drawn from a range, so that recipes share steps
_DECIMALS = 4  # of a drawn argument, so that the recipe says exactly what was done

Draw = Callable[[str], float]  # a number in [0, 1) for each name
Specs = Mapping[str, Mapping[str, Any]]


def plan(
    method: str,
    image: str,
    index: int,
    allowed: Iterable[str],
    specs: Specs,
    layout: Layout,
) -> dict[str, Any]:
    """The recipe of a picture, still without its size and quality.

    Args:
        method: of making, which the recipe names.
        image: the parent's name.
        index: number of the made picture among those of the parent.
        allowed: names of transforms, at least one, in the order in which they apply.
        specs: name -> `p` (chance) and arguments, each a number or [least, greatest].
        layout: of the parent.
    """
    draws = {name: partial(unit_interval, method, image, index, name) for name in allowed}
    # at or below 1: drawn; the closest is taken where none was
    surprise = {name: draw("p") / specs[name]["p"] for name, draw in draws.items()}
    limit = max(1.0, min(surprise.values()))
    transforms = [
        {
            "name": name,
            **_arguments(RULES[name], specs[name], draws[name]),
            **_filling(name, layout),
        }
        for name in draws
        if surprise[name] <= limit
    ]
    return {
        "method": method,
        "library": library_version(),
        "image": image,
        "seed": seed(method, image, index),
        "transforms": transforms,
    }


def shrink(shape: tuple[int, ...], longest_side: int) -> list[dict[str, Any]]:
    """The step that brings (H, W, 3) pixels to a longest side, or none where they are no longer."""
    if max(shape[:2]) <= longest_side:
        return []
    return [{"name": "LongestMaxSize", "max_size": longest_side, "interpolation": _AREA}]


def _arguments(rule: Rule, spec: Mapping[str, Any], draw: Draw) -> dict[str, Any]:
    """One value for each argument; a range becomes [value, value], albumentations' exact form."""
    values: dict[str, Any] = dict(rule.fixed)
    for name, value in spec.items():
        if name == "p":
            continue
        if isinstance(value, list | tuple):
            drawn = _drawn(value[0], value[1], draw(name), step=2 if name in rule.odd else 1)
            value = drawn if name in rule.single else [drawn, drawn]
        values[name] = value
    return values


def _drawn(low: float, high: float, share: float, step: int) -> float:
    """A number of a range, by a share of it (0 up to 1)."""
    if isinstance(low, int) and isinstance(high, int):
        return low + step * int(share * ((high - low) // step + 1))
    level = int(share * (_LEVELS + 1)) / _LEVELS
    return round(low + level * (high - low), _DECIMALS)


def _filling(name: str, layout: Layout) -> dict[str, Any]:
    """What fills uncovered corners: a cut-out's ground, else the picture itself, mirrored."""
    if not RULES[name].uncovers:
        return {}
    if layout.ground is None:
        return {"border_mode": _REFLECT_101}
    return {"border_mode": _CONSTANT, "fill": list(layout.ground)}
