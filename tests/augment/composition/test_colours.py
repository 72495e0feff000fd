"""Which colour an object has, and the object in another one."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image, ImageDraw

from augment.composition.colours import BANDS, dominant, others, painted
from augment.composition.cutouts import cut_out as cut
from tests.augment._things import cut_out

SHOWN = {
    "red": (220, 30, 30),
    "orange": (250, 130, 20),
    "yellow": (250, 215, 40),
    "green": (30, 150, 60),
    "blue": (40, 60, 200),
    "purple": (120, 40, 190),
}


def thing(rgb):
    return cut(cut_out(rgb))


@pytest.mark.parametrize("colour", SHOWN)
def test_an_object_has_the_colour_that_nearly_all_of_it_has(colour):
    assert dominant(thing(SHOWN[colour])) == colour


@pytest.mark.parametrize("rgb", [(120, 70, 40), (128, 128, 128), (20, 10, 40), (250, 200, 200)])
def test_brown_grey_what_is_dark_and_what_is_pale_have_none_of_the_colours(rgb):
    assert dominant(thing(rgb)) is None


def test_an_object_of_two_colours_has_none_and_is_not_painted():
    picture = Image.open(io.BytesIO(cut_out(SHOWN["red"], (80, 60), "rectangle")))
    ImageDraw.Draw(picture).rectangle((50, 0, 110, 100), fill=(*SHOWN["green"], 255))
    assert dominant(picture) is None
    assert others(picture) == []
    assert painted(picture, "blue") is picture


@pytest.mark.parametrize("colour", SHOWN)
def test_a_painted_object_has_the_new_colour_its_old_shape_and_all_of_its_other_pixels(colour):
    given = thing(SHOWN[colour])
    ImageDraw.Draw(given).rectangle((40, 30, 48, 38), fill=(250, 250, 250, 255))  # an eye
    assert others(given)
    for new in others(given):
        found = painted(given, new)
        assert dominant(found) == new
        assert (np.asarray(found)[..., 3] == np.asarray(given)[..., 3]).all()
        assert found.getpixel((44, 34)) == (250, 250, 250, 255)


def test_a_dark_blue_is_never_called_yellow_when_it_is_painted():
    assert "yellow" not in others(thing((20, 30, 130)))


def test_bands_are_apart():
    spans = sorted((least, greatest) for least, greatest, _ in BANDS.values())
    assert all(a[1] < b[0] for a, b in itertools.pairwise(spans))
