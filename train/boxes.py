"""Boxes in, numbers that say where they are out: one encoding for each published model."""

from collections.abc import Callable

import torch
from torch import Tensor

_WAVES = 256  # frequencies of each coordinate in `waves`


def nothing(boxes: Tensor) -> Tensor:
    """No coordinates at all (VisualBERT), `(..., 0)`."""
    return boxes[..., :0]


def corners(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2 as they are (LXMERT), `(..., 4)`."""
    return boxes


def corners_area(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2 and the area, all relative to the picture (ImageBERT, ViLBERT).

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(..., 4)`.

    Returns:
        `(..., 5)`.
    """
    x1, y1, x2, y2 = boxes.unbind(-1)
    return torch.stack([x1, y1, x2, y2, (x2 - x1) * (y2 - y1)], -1)


def corners_size_area(boxes: Tensor) -> Tensor:
    """x1, y1, x2, y2, width, height and the area, all relative to the picture (UNITER).

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(..., 4)`.

    Returns:
        `(..., 7)`.
    """
    x1, y1, x2, y2 = boxes.unbind(-1)
    wide, high = x2 - x1, y2 - y1
    return torch.stack([x1, y1, x2, y2, wide, high, wide * high], -1)


def waves(boxes: Tensor) -> Tensor:
    """Sines, then cosines, of centre, width and height in percent (VL-BERT's code).

    Each of the four is divided by 1000^(k/256), k = 0 to 255.

    Args:
        boxes: x1, y1, x2, y2 in [0, 1], `(..., 4)`.

    Returns:
        `(..., 2048)`: the centre's x, its y, the width, the height, 512 numbers each.
    """
    x1, y1, x2, y2 = (100 * boxes).unbind(-1)
    place = torch.stack([(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], -1)
    scale = 1000 ** (torch.arange(_WAVES, device=boxes.device) / _WAVES)
    angle = place[..., None] / scale
    return torch.cat([angle.sin(), angle.cos()], -1).flatten(-2)


BOXES: dict[str, tuple[int, Callable[[Tensor], Tensor]]] = {
    "nothing": (0, nothing),
    "corners": (4, corners),
    "corners_area": (5, corners_area),
    "corners_size_area": (7, corners_size_area),
    "waves": (8 * _WAVES, waves),
}
"""Box encodings: name -> (length, function)."""
