import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from PIL import ImageOps

from curate import cuttings, together
from curate.dataset import record, sets
from curate.scorers import phash
from tests._scenes import scene


def saved(picture, **how):
    out = io.BytesIO()
    picture.save(out, "PNG", **how)
    return out.getvalue()


def part(seed):
    """The scene without a tenth of each side."""
    return ImageOps.crop(scene(seed), 24)


@pytest.fixture
def links(project, write_set):
    """Which of some pictures, in the order given, are linked as crops."""

    def find(*pictures, lost=()):
        write_set(Path("pool"), [(data, "en", "a picture") for data in pictures])
        rows = sets.distinct_images(sets.located([Path("pool")]))
        names = [record.image_name(data) for data in pictures]
        places = [rows.column("image").to_pylist().index(name) for name in names]
        rows = rows.take(pa.array(places))
        shown = together.measure(rows, [(phash, phash.Params())])[0]
        known = pa.array([number not in lost for number in range(len(names))])
        hashes = pc.if_else(known, shown.column("phash"), None)
        shown = shown.set_column(shown.column_names.index("phash"), "phash", hashes)
        return cuttings.cropped(rows, shown, 0.97, 3)

    return find


def ends(found):
    return sorted(zip(*np.sort([found.left, found.right], axis=0).tolist(), strict=True))


def test_crops_and_those_of_mirror_images_are_linked_to_what_they_are_of(links):
    pictures = [saved(scene(0)), saved(scene(1)), saved(part(0)), saved(ImageOps.mirror(part(1)))]
    found = links(*pictures, saved(scene(2)), saved(part(3)))
    assert ends(found) == [(0, 2), (1, 3)]
    assert found.kind == "cropped"
    assert (found.apart <= 0.03).all()


def test_two_that_are_near_as_wholes_are_no_crops_of_each_other(links):
    grey = scene(0).convert("L")
    tinted = [ImageOps.colorize(grey, "black", shade) for shade in ("khaki", "plum")]
    assert ends(links(*map(saved, tinted))) == []
    assert ends(links(saved(tinted[0]), saved(ImageOps.crop(tinted[1], 24)))) == [(0, 1)]


def test_repeats_are_linked_as_what_they_repeat(links):
    whole = [saved(scene(0), compress_level=level) for level in (0, 5, 9)]
    found = links(*whole, saved(part(0)), saved(scene(1)), saved(scene(1), compress_level=0))
    assert ends(found) == [(0, 3), (1, 3), (2, 3)]


def test_blocks_of_pictures_and_the_memory_change_nothing(links, monkeypatch, capsys):
    pictures = [saved(one(seed)) for one in (scene, part) for seed in range(5)]
    whole = links(*pictures)
    assert ends(whole) == [(n, n + 5) for n in range(5)]
    monkeypatch.setattr(cuttings, "_WHOLES", 3)
    capsys.readouterr()
    again = links(*pictures)
    assert "10 of them remembered" in capsys.readouterr().err
    assert all(np.array_equal(a, b) for a, b in zip(whole[1:], again[1:], strict=True))


def test_of_what_has_no_hash_nothing_is_said(links):
    assert ends(links(saved(scene(0)), saved(part(0)), lost=(1,))) == []
    assert ends(links(saved(scene(0)), lost=(0,))) == []
