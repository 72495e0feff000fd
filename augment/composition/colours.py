"""A cut-out object in, the one colour that it has, or the object in another colour, out.

A colour is a band of hues, so it is told apart from its neighbours by measure. An object has a
colour where most of its pixels lie in the band, strong and light enough to be called so, and few
in any other. Painting turns the hue of what lies around the object's own and leaves every other
pixel, all shading and the opacity as they are.
"""

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from augment.composition.cutouts import HALF

_TURN = 180  # hues of OpenCV for 8-bit pixels: 2 degrees each
BANDS = {  # colour -> least and greatest hue, least value of 255: dark orange is brown
    "red": (-7, 5, 110),
    "orange": (9, 18, 185),
    "yellow": (22, 33, 185),
    "green": (42, 82, 70),
    "blue": (98, 124, 80),
    "purple": (130, 150, 80),
}
_STRONG = 90  # saturation of 255, from which on a pixel has a colour
_MOST, FEW = 0.6, 0.1  # shares of the object's pixels, in its colour's band, and in any other
_AROUND = 16  # hues on either side of the object's own that are turned
_FAINT = 40  # saturation of 255 of what is turned, at least


def dominant(cutout: Image.Image) -> str | None:
    """The colour, of `BANDS`, that an RGBA object has; None where it has none, or several."""
    return plain(shares(cutout))


def plain(shown: Mapping[str, float]) -> str | None:
    """The colour of most of an object while few of it have another, by `shares`; None: none is."""
    most = max(shown, key=lambda colour: shown[colour])
    others = max(share for colour, share in shown.items() if colour != most)
    return most if shown[most] >= _MOST and others <= FEW else None


def painted(cutout: Image.Image, colour: str) -> Image.Image:
    """An RGBA object of one colour in another one of `BANDS`; the object itself if it has none."""
    own = dominant(cutout)
    if own is None:
        return cutout
    pixels = np.asarray(cutout)
    hsv = cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2HSV)
    hues, strong = hsv[..., 0].astype(np.int16), hsv[..., 1] >= _FAINT
    away = _away(hues, _middle(own))
    turned = (away + _middle(colour)) % _TURN
    hsv[..., 0] = np.where(strong & (np.abs(away) <= _AROUND), turned, hues).astype(np.uint8)
    found = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return Image.fromarray(np.dstack([found, pixels[..., 3]]))


def others(cutout: Image.Image) -> list[str]:
    """The colours that an object of one colour can be painted in so that it has them plainly."""
    own = dominant(cutout)
    if own is None:
        return []
    return [name for name in BANDS if name != own and dominant(painted(cutout, name)) == name]


def shares(cutout: Image.Image) -> dict[str, float]:
    """Share of an RGBA object's pixels that has each colour of `BANDS`."""
    pixels = np.asarray(cutout)
    hsv = cv2.cvtColor(pixels[..., :3], cv2.COLOR_RGB2HSV)[pixels[..., 3] >= HALF]
    found = {}
    for colour, (least, greatest, lightest) in BANDS.items():
        near = np.abs(_away(hsv[:, 0].astype(np.int16), (least + greatest) // 2))
        within = near <= (greatest - least) / 2
        shown = within & (hsv[:, 1] >= _STRONG) & (hsv[:, 2] >= lightest)
        found[colour] = float(shown.mean()) if len(shown) else 0.0
    return found


def _middle(colour: str) -> int:
    least, greatest, _ = BANDS[colour]
    return (least + greatest) // 2


def _away(hues: NDArray[np.int16], middle: int) -> NDArray[np.int16]:
    """How far hues are from one, around the circle: -90 to 89."""
    return (hues - middle + _TURN // 2) % _TURN - _TURN // 2
