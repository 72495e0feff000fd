import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageOps

from curate import forest, links, neighbours, together
from curate.dataset import record, sets
from curate.scorers import phash


def photo(seed, side=160):
    small = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC)


def saved(picture, form="PNG", **how):
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()


@pytest.fixture
def hashed(project, write_set):
    """Writes pictures as a set; gives their rows and hashes, both in the order given."""

    def write(*pictures):
        write_set(Path("pool"), [(data, "en", "a picture") for data in pictures])
        rows = sets.distinct_images(sets.located([Path("pool")]))
        names = [record.image_name(data) for data in pictures]
        places = [rows.column("image").to_pylist().index(name) for name in names]
        rows = rows.take(pa.array(places))
        shown = together.measure(rows, [(phash, phash.Params())])[0]
        for name in ("width", "height"):
            shown = shown.append_column(name, rows.column(name))
        return rows, shown

    return write


def pairs(found):
    ends = np.sort(np.stack([found.left, found.right]), axis=0)
    return sorted(zip(*ends.tolist(), found.apart.tolist(), strict=True))


def test_the_same_pixels_in_other_bytes_are_exact_and_one_other_pixel_is_not(hashed):
    picture, other = photo(1), photo(1)
    other.putpixel((3, 3), tuple(255 - v for v in other.getpixel((3, 3))))
    packed, loose = saved(picture, compress_level=9), saved(picture, compress_level=0)
    webp = saved(picture, "WEBP", lossless=True)
    rows, frame = hashed(packed, saved(other), loose, webp, saved(photo(2)))
    assert pairs(links.exact(rows, frame)) == [(0, 2, 0), (0, 3, 0)]


def test_a_large_jpeg_with_other_metadata_is_exact(hashed):
    jpeg = saved(photo(3, 1200), "JPEG", quality=90)
    described = jpeg[:2] + b"\xff\xfe\x00\x07hello" + jpeg[2:]
    assert described != jpeg
    rows, frame = hashed(jpeg, described)
    assert pairs(links.exact(rows, frame)) == [(0, 1, 0)]


def test_repeats_of_a_hash_are_joined_to_the_first_and_the_first_to_the_near(hashed):
    near = saved(photo(4).resize((80, 80)))
    _, frame = hashed(saved(photo(4)), saved(photo(4), compress_level=0), near, saved(photo(5)))
    found = pairs(links.perceptual(frame, 6, 4.0))
    assert (0, 1, 0) in found
    assert {ends[:2] for ends in found} == {(0, 1), (0, 2)}
    place = frame.column_names.index("phash")
    lost = frame.set_column(place, "phash", pa.nulls(4, pa.string()))
    assert pairs(links.perceptual(lost, 6, 4.0)) == []


def test_a_mirror_image_is_found_though_its_hash_is_only_estimated(hashed):
    pictures = [photo(seed) for seed in range(6, 14)]
    flipped = [saved(ImageOps.mirror(picture), "JPEG", quality=90) for picture in pictures]
    _, frame = hashed(*map(saved, pictures), *flipped)
    assert [ends[:2] for ends in pairs(links.mirrored(frame, 8, 4.0))] == [
        (n, n + len(pictures)) for n in range(len(pictures))
    ]
    assert pairs(links.perceptual(frame, 8, 4.0)) == []


def test_repeats_of_a_picture_are_joined_to_its_mirror_image(hashed):
    same = [saved(photo(6), compress_level=level) for level in (0, 5, 9)]
    _, frame = hashed(*same, saved(ImageOps.mirror(photo(6))), saved(photo(7)))
    assert {ends[:2] for ends in pairs(links.mirrored(frame, 8, 4.0))} == {(0, 3), (1, 3), (2, 3)}


def test_of_several_mirror_images_a_repeat_is_joined_to_a_nearest(hashed):
    same = [saved(photo(6), compress_level=level) for level in (0, 9)]
    flipped = ImageOps.mirror(photo(6))
    copies = [saved(flipped, "JPEG", quality=20), saved(flipped)]
    _, frame = hashed(*same, *copies)
    found = links.mirrored(frame, 8, 6.0)
    least = {n: min(p[2] for p in pairs(found) if n in p[:2]) for n in range(4)}
    assert least[0] == least[1] == least[3] <= least[2]


def test_equal_vectors_are_joined_to_the_first_picture_of_them():
    vectors = np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32)
    at = np.array([-1, 0, 1, 0, -1, 2])
    found = links.semantic(vectors, at, 0.7)
    assert pairs(found) == [(1, 3, 1.0), (1, 5, pytest.approx(0.8))]


@pytest.mark.parametrize("held", [10, 1 << 22])
def test_a_crowd_of_vectors_has_the_clusters_and_nearest_of_brute_force(monkeypatch, held):
    monkeypatch.setattr(forest, "_HELD", held)
    monkeypatch.setattr(neighbours, "_PAIRS", 5000)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(4, 16))[random.integers(0, 4, 900)]
    vectors = (vectors + 0.25 * random.normal(size=vectors.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact = vectors.astype(float) @ vectors.T.astype(float)
    left, right = np.nonzero(np.triu(exact >= 0.95, 1))
    found = links.semantic(vectors, np.arange(900), 0.95)
    joined = forest.components(900, found.left, found.right)
    assert (joined == forest.components(900, left, right)).all()
    assert len(found.left) < 900 < len(left)
    nearest = np.full(900, -1.0)
    for rows in found.left, found.right:
        np.maximum.at(nearest, rows, found.apart)
    np.fill_diagonal(exact, -1)
    linked = exact.max(axis=1) >= 0.95
    assert nearest[linked] == pytest.approx(exact.max(axis=1)[linked], abs=1e-12)
    assert (nearest[~linked] == -1).all()
