"""A recipe and its parent's pixels become an encoded picture, through albumentations 2.0.8.

Of the recipe this reads `transforms` (each a `name` and the arguments of albumentations'
class of that name), `seed` and `quality`. The library's own order and randomness apply:
`Compose(steps, seed=seed)` on the same pixels gives the same picture in any process.
"""

import functools
import importlib.metadata
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augment.made import encode


def apply(recipe: Mapping[str, Any], parent: NDArray[np.uint8]) -> tuple[bytes, int, int]:
    """Encoded bytes, width and height (pixels) of what a recipe makes of (H, W, 3) pixels."""
    library = _albumentations()
    steps = [_transform(library, step) for step in recipe["transforms"]]
    drawn = library.Compose(steps, seed=recipe["seed"])(image=parent)["image"]
    image = Image.fromarray(np.ascontiguousarray(drawn))
    return encode(image, recipe["quality"]), image.width, image.height


@functools.cache
def library_version() -> str:
    """What a recipe names as its library."""
    return f"albumentations {importlib.metadata.version('albumentations')}"


def _transform(library: Any, step: Mapping[str, Any]) -> Any:
    """A step of a recipe as the library's object; JSON's lists were tuples."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in step.items() if k != "name"}
    return getattr(library, step["name"])(p=1.0, **values)


@functools.cache
def _albumentations() -> Any:
    """The library, without its look for updates and with one thread: workers are processes."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations
    import cv2

    cv2.setNumThreads(1)
    return albumentations
