'''One file per maker of regions: a picture in, boxes of what may be things out.

A maker is `align/regions/makers/<kind>.py`, which `label_linked.regions.maker.kind` names; its own
parameters stand beside `kind`. It holds:

    @parameters
    class Params: ...

    def weights(params: Params) -> Path | None:
        """The file that its boxes follow from besides the code, None if there is no such file."""

    def maker(params: Params) -> Maker:
        """What finds the boxes of a picture, RGB on white, and its alpha `(H, W)` uint8 or None."""

`maker` is called once in each worker. What it returns follows from the picture alone. Boxes that
overlap and those beyond the cap are taken out later (`align.regions.suppression`), unless the
maker says `LAID_OUT = True`: its boxes are a grid, whose order and number stay.
'''

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image


class Found(NamedTuple):
    """What a maker finds in a picture.

    Attributes:
        boxes: x1, y1, x2, y2, relative to the picture, 0-1, `(n, 4)` float32.
        scores: how likely each is a thing, 0-1, `(n,)` float32; of one maker only comparable.
        detected: class of each by the detector, `(n,)` int32; None if the maker knows none.
        shown: what the boxes are cut from: the picture, perhaps smaller, its ground made white.
    """

    boxes: np.ndarray
    scores: np.ndarray
    detected: np.ndarray | None
    shown: Image.Image


Maker = Callable[[Image.Image, np.ndarray | None], Found]
