import numpy as np
import pytest
from PIL import Image

from curate import fitting, looks


def field(seed, size=(320, 240)):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def smalls(pictures):
    return np.array([looks.small(picture) for picture in pictures])


def shown(picture, edges):
    top, bottom, left, right = edges
    return picture.crop(
        (round(left * 320), round(top * 240), round(right * 320), round(bottom * 240))
    )


TRUE = (0.11, 0.83, 0.2, 0.9)


@pytest.mark.parametrize("off", [0.0, 0.03, -0.03])
def test_a_window_that_is_near_a_crop_is_moved_until_it_shows_it(off):
    pictures = [field(seed) for seed in range(12)]
    crops = [shown(picture, TRUE) for picture in pictures]
    start = np.tile(np.add(TRUE, (off, off, -off, off)), (12, 1))
    assert fitting.fitted(smalls(pictures), start, smalls(crops)).min() > 0.98


def test_light_and_contrast_do_not_count_but_the_negative_does():
    pictures = [field(seed) for seed in range(6)]
    crops = [shown(picture, TRUE) for picture in pictures]
    start = np.tile(np.array(TRUE) + 0.02, (6, 1))
    darker = [crop.point(lambda level: 30 + 0.5 * level) for crop in crops]
    assert fitting.fitted(smalls(pictures), start, smalls(darker)).min() > 0.98
    negative = [crop.point(lambda level: 255 - level) for crop in crops]
    assert fitting.fitted(smalls(pictures), start, smalls(negative)).max() < 0.5


def test_no_window_shows_another_picture_and_a_plain_one_shows_none():
    pictures, others = ([field(seed) for seed in range(first, first + 24)] for first in (0, 100))
    start = np.tile(np.array(TRUE), (24, 1))
    assert fitting.fitted(smalls(pictures), start, smalls(others)).max() < 0.9
    plain = [Image.new("L", (64, 64), 200)] * 24
    for one, other in ((pictures, plain), (plain, pictures), (plain, plain)):
        found = fitting.fitted(smalls(one), start, smalls(other))
        assert np.isfinite(found).all()
        assert found.max() < 0.5


def test_none_are_fitted_where_none_are_given():
    none = np.zeros((0, 32, 32), np.uint8)
    assert len(fitting.fitted(none, np.zeros((0, 4)), none)) == 0
