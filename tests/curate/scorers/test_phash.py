import io
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from curate import together
from curate.dataset import sets
from curate.scorers import phash


@pytest.fixture
def hashes(project, write_set):
    def call(*pictures):
        write_set(Path("pool"), [(data, "en", "a picture") for data in pictures])
        table = together.measure(sets.located([Path("pool")]), [(phash, phash.Params())])[0]
        found = {row["image"]: row for row in table.to_pylist()}
        from curate.dataset.record import image_name

        return [found[image_name(data)] for data in pictures]

    return call


def bits_apart(a, b):
    return (int(a["phash"], 16) ^ int(b["phash"], 16)).bit_count()


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def photo(seed):
    """A smooth random field, as a photo is."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), np.uint8)
    return Image.fromarray(small).resize((200, 150), Image.Resampling.BICUBIC)


def test_the_hash_is_that_of_imagehash(hashes):
    pictures = [photo(seed) for seed in range(8)]
    found = [row["phash"] for row in hashes(*map(png, pictures))]
    assert found == [str(imagehash.phash(picture)) for picture in pictures]
    assert all(len(name) == 16 for name in found)


def test_a_transparent_cut_out_is_hashed_as_shown_on_white(hashes):
    cut = photo(1).convert("RGBA")
    cut.putalpha(Image.linear_gradient("L").resize(cut.size))
    ground = Image.new("RGB", cut.size, "white")
    ground.paste(cut, mask=cut.getchannel("A"))
    assert hashes(png(cut))[0]["phash"] == str(imagehash.phash(ground))


def test_copies_are_near_and_other_pictures_are_far(hashes):
    original = photo(2)
    jpeg = io.BytesIO()
    original.save(jpeg, "JPEG", quality=60)
    first, smaller, coarser, other = hashes(
        png(original), png(original.resize((120, 90))), jpeg.getvalue(), png(photo(3))
    )
    assert bits_apart(first, smaller) <= 4
    assert bits_apart(first, coarser) <= 4
    assert bits_apart(first, other) > 12


def test_colours_tell_apart_what_the_hash_cannot(hashes, drawn):
    red, redder, green = hashes(
        drawn("circle", "#e03030"), drawn("circle", "#e83434"), drawn("circle", "#30a030")
    )
    assert bits_apart(red, green) <= 4

    def apart(a, b):
        a, b = (np.frombuffer(row["colours"], np.uint8).astype(int) for row in (a, b))
        return np.abs(a - b).mean()

    assert apart(red, redder) < 4 < apart(red, green)


def test_a_large_jpeg_is_hashed_near_its_whole_picture(hashes):
    large = photo(4).resize((2000, 1500), Image.Resampling.BICUBIC)
    jpeg = io.BytesIO()
    large.save(jpeg, "JPEG", quality=95)
    scaled = hashes(jpeg.getvalue())[0]
    shown = np.asarray(Image.open(jpeg).resize((8, 8), Image.Resampling.BOX), int)
    colours = np.frombuffer(scaled["colours"], np.uint8).reshape(8, 8, 3)
    assert np.abs(colours - shown).max() <= 4
    whole = imagehash.phash(Image.open(jpeg))
    assert (int(scaled["phash"], 16) ^ int(str(whole), 16)).bit_count() <= 2
