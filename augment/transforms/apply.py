"""A recipe and its parent's pixels become an encoded picture, through albumentations 2.0.8.

Of the recipe this reads `transforms` (each a `name` and the arguments of albumentations'
class of that name), `seed` and `quality`, and for the picture's mark `method` and `image`. The
library's own order and randomness apply: `Compose(steps, seed=seed)` on the same pixels gives the
same picture in any process, whether or not a mask of the object moves with them. The steps are
called here one by one, each with the seed that `Compose` would give it: a pipeline for every
picture costs more to put together than some changes of the picture.
"""

import functools
import importlib.metadata
import json
import os
import random
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augment.made import encode
from curate.dataset import marks

_REMEMBERED = 2048  # transforms


class Drawn(NamedTuple):
    """A picture that a recipe made.

    Attributes:
        pixels: (H, W, 3) uint8.
        mask: (H, W) uint8, where the object went; None where none was given.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None

    def encoded(self, recipe: Mapping[str, Any]) -> bytes:
        """The picture as JPEG of its recipe's quality, with its mark."""
        mark = marks.Mark(marks.EDITED, recipe["method"], [recipe["image"]])
        return encode(Image.fromarray(self.pixels), recipe["quality"], mark)


class _Generator:
    """Numpy's generator of a seed, made once it is asked: most transforms draw nothing by it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    @functools.cached_property
    def _made(self) -> np.random.Generator:
        return np.random.default_rng(self._seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


def apply(
    recipe: Mapping[str, Any],
    parent: NDArray[np.uint8],
    mask: NDArray[np.uint8] | None = None,
) -> Drawn:
    """What a recipe makes of (H, W, 3) pixels; a (H, W) mask of the object goes with them."""
    drawn = {"image": parent} if mask is None else {"image": parent, "mask": mask}
    for step in recipe["transforms"]:
        transform = _transform(json.dumps(step))
        transform.set_random_state(_Generator(recipe["seed"]), random.Random(recipe["seed"]))
        drawn = transform(**drawn)
    return Drawn(np.ascontiguousarray(drawn["image"]), drawn.get("mask"))


@functools.cache
def library_version() -> str:
    """What a recipe names as its library."""
    return f"albumentations {importlib.metadata.version('albumentations')}"


@functools.lru_cache(_REMEMBERED)
def _transform(step: str) -> Any:
    """A step of a recipe, as JSON, as the library's object; JSON's lists were tuples.

    Checking the arguments costs as much as a change of the picture, and many recipes share a step;
    each recipe gives its transforms its own seed, so none of them knows of another.
    """
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(step).items()}
    kind = getattr(_albumentations(), str(values.pop("name")))
    return kind(p=1.0, **values)


@functools.cache
def _albumentations() -> Any:
    """The library, without its look for updates and with one thread: workers are processes."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations
    import cv2

    cv2.setNumThreads(1)
    return albumentations
