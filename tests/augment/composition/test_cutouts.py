import io

import numpy as np
import pytest
from PIL import Image

from augment.composition import cutouts
from curate.dataset.errors import ImageError
from tests.augment._things import cut_out


def encoded(pixels):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_an_object_is_cropped_to_its_mask():
    found = cutouts.cut_out(cut_out((200, 0, 0), (90, 70)))
    assert found.size == (90, 70)
    assert found.getpixel((45, 35)) == (200, 0, 0, 255)
    assert found.getpixel((0, 0))[3] == 0


def test_a_faint_halo_is_cleared_and_adds_nothing_to_the_box():
    pixels = np.zeros((120, 120, 4), np.uint8)
    pixels[20:100, 20:100] = (50, 90, 20, 10)
    pixels[30:90, 30:90] = (50, 90, 20, 255)
    found = np.asarray(cutouts.cut_out(encoded(pixels)))
    assert found.shape == (60, 60, 4)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: p.__setitem__(slice(None), 255), "nothing of it is clear"),
        (lambda p: p.__setitem__((slice(30, 90), slice(30, 90), 3), 150), "opaque"),
        (lambda p: p.__setitem__((slice(55, 65), slice(30, 90)), 0), "in pieces"),
        (lambda p: p.__setitem__((slice(30, 70), slice(30, 90)), 0), "too small or too long"),
        (lambda p: p.__setitem__((slice(32, 88), slice(32, 90)), 0), "fills only"),
        (lambda p: p.__setitem__(slice(None), 0), "nothing of it is clear, or all"),
    ],
)
def test_what_is_no_whole_opaque_object_is_refused_with_the_reason(change, reason):
    pixels = np.zeros((120, 120, 4), np.uint8)
    pixels[30:90, 30:90] = (50, 90, 20, 255)
    change(pixels)
    with pytest.raises(ImageError, match=reason):
        cutouts.cut_out(encoded(pixels))


def test_a_picture_without_transparency_is_no_cut_out(drawn):
    with pytest.raises(ImageError, match="no transparency"):
        cutouts.cut_out(drawn("square", "red"))
