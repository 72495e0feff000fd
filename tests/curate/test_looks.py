import imagehash
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from curate import looks


def field(seed, size=(90, 70)):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def symmetric():
    """A drawing of which half of the frequencies are nought but for rounding."""
    picture = Image.new("RGB", (96, 96), "white")
    ImageDraw.Draw(picture).ellipse((20, 20, 75, 75), "navy")
    return picture


PICTURES = [
    *(field(seed) for seed in range(20)),
    field(20, (1, 9)),
    field(21, (32, 32)),
    symmetric(),
    Image.new("RGB", (40, 30), "white"),
    Image.new("L", (5, 5)),
]


@pytest.mark.parametrize("picture", PICTURES)
def test_the_hash_is_that_of_imagehash_in_every_bit(picture):
    expected = int(str(imagehash.phash(picture)), 16)
    assert looks.code(picture) == looks.both(looks.small(picture))[0] == expected


@pytest.mark.parametrize("picture", PICTURES)
def test_the_mirror_image_is_hashed_from_the_small_copy(picture):
    small = picture.convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    expected = int(str(imagehash.phash(ImageOps.mirror(small))), 16)
    assert looks.both(looks.small(picture))[1] == expected
