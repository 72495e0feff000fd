import imagehash
import numpy as np
import pytest
from PIL import Image

from curate import looks, windows


def field(seed, size=(320, 240)):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


def test_every_window_is_hashed_as_imagehash_hashes_the_crop():
    picture = field(0)
    hashes, places = windows.hashes(looks.small(picture))
    assert places.tolist() == list(range(len(windows.edges())))
    apart = []
    for code, (top, bottom, left, right) in zip(hashes.tolist(), windows.edges(), strict=True):
        crop = picture.crop((left * 320, top * 240, right * 320, bottom * 240))
        apart.append((code ^ int(str(imagehash.phash(crop)), 16)).bit_count())
    assert np.mean(apart) < 3
    assert max(apart) <= 8  # of 64: as far as rounding to pixels moves a crop


def test_windows_are_parts_of_the_picture_that_no_other_repeats():
    edges = windows.edges()
    assert len(edges) == len(np.unique(edges, axis=0)) == 626  # as `curate.crops` says
    heights, widths = edges[:, 1] - edges[:, 0], edges[:, 3] - edges[:, 2]
    assert (edges >= 0).all()
    assert (edges <= 1 + 1e-9).all()
    assert (np.minimum(heights, widths) >= 0.5 - 1e-9).all()
    assert (heights * widths < 1).all()


@pytest.mark.parametrize(("colour", "shown"), [("white", 0), ("black", 0)])
def test_windows_that_show_nothing_have_no_hash(colour, shown):
    small = looks.small(Image.new("RGB", (90, 70), colour))
    assert windows.plain(small)
    assert len(windows.hashes(small)[0]) == shown


def test_of_a_picture_with_one_thing_only_the_windows_that_show_it_are_hashed():
    picture = Image.new("RGB", (300, 300), "white")
    picture.paste("navy", (0, 0, 60, 60))
    small = looks.small(picture)
    assert not windows.plain(small)
    hashes, places = windows.hashes(small)
    top, _, left, _ = windows.edges()[places].T
    assert 0 < len(hashes) == len(places) < len(windows.edges())
    assert (top < 0.25).all()
    assert (left < 0.25).all()
