import io

import numpy as np
import pytest
from PIL import Image

from curate import pdq

# hashes and qualities are those of pdqhash 0.2.8, which wraps the authors' own C++
KNOWN = [
    ((200, 150), "fef6f16bd301bbf35224a173daf62318531aa4ee53133b114ce434e317092f0c", 100),
    ((97, 311), "5af6a56b531abdef5204a1335af6a31c531bb46e523a3b91ace47c631709078c", 100),
    ((640, 64), "def6f46b5700bfe35204a163daf6a31c531ba46e523a3b916ce43c631709278c", 100),
]


def photo(size, detail=1):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(0).integers(0, 256, (6 * detail, 8 * detail, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def bits_apart(a, b):
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


@pytest.mark.parametrize(("size", "digits", "quality"), KNOWN)
def test_the_hash_is_that_of_the_reference(size, digits, quality):
    found, seen = pdq.of(np.asarray(photo(size)))
    assert (found.hex(), seen) == (digits, quality)


def test_copies_are_near_and_other_pictures_are_far():
    original = photo((900, 700), detail=4)
    copies = []
    for picture, quality in ((original.resize((300, 240)), 60), (original, 40)):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        copies.append(out.getvalue())
    png = io.BytesIO()
    original.save(png, "PNG")
    first, _ = pdq.hashed(png.getvalue(), 10**6)
    for data in copies:
        assert bits_apart(first, pdq.hashed(data, 10**6)[0]) <= 10
    turned, _ = pdq.of(np.asarray(original.transpose(Image.Transpose.ROTATE_90)))
    assert bits_apart(first, turned) > 90


def test_a_plain_picture_has_no_quality():
    assert pdq.of(np.full((100, 100, 3), 200, np.uint8))[1] == 0
