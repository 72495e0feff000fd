import numpy as np
import pytest

from align.regions.ground import foreground


def disc(ground=(200, 220, 240), thing=(200, 30, 30), side=64):
    """A picture with a disc at (24, 40) of radius 12, and where the disc is."""
    y, x = np.mgrid[:side, :side]
    where = (x - 24) ** 2 + (y - 40) ** 2 < 144
    picture = np.empty((side, side, 3), np.uint8)
    picture[:], picture[where] = ground, thing
    return picture, where


def test_what_differs_from_a_plain_grounds_colour_is_before_it():
    picture, where = disc()
    noise = np.random.default_rng(0).integers(-8, 9, picture.shape)
    assert np.array_equal(foreground((picture + noise).astype(np.uint8), None), where)


def test_what_is_enclosed_is_no_ground_even_in_its_colour():
    picture, where = disc()
    picture[36:44, 20:28] = (200, 220, 240)
    assert np.array_equal(foreground(picture, None), where)


def test_alpha_says_what_the_ground_is_where_there_is_transparency():
    picture, where = disc(ground=(255, 255, 255), thing=(255, 255, 255))
    assert np.array_equal(foreground(picture, np.where(where, 255, 0).astype(np.uint8)), where)
    opaque = np.full(where.shape, 255, np.uint8)
    assert not foreground(picture, opaque).any()


@pytest.mark.parametrize("seed", range(3))
def test_a_picture_without_a_plain_ground_has_none(seed):
    picture = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)
    assert foreground(picture, None) is None
