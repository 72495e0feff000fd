import numpy as np
import pytest

from curate import centres
from tests import _threads

FEW = {"_FLAT": 8, "_WHOLE": 16}  # as if a test's centres were those of a million vectors


def unit(values):
    values = values / np.linalg.norm(values, axis=1, keepdims=True)
    return values.astype(np.float32)


def crowded(count, seed, width=32, each=30, noise=0.3):
    """Vectors around a direction for every so many of them."""
    random = np.random.default_rng(seed)
    around = unit(random.normal(size=(max(count // each, 1), width)))
    around = around[random.integers(0, len(around), count)]
    return unit(around + noise * random.normal(size=(count, width)) / np.sqrt(width))


@pytest.fixture
def grouped(monkeypatch):
    for name, value in FEW.items():
        monkeypatch.setattr(centres, name, value)


def apart(vectors, found):
    return 1 - (vectors @ found.T).max(axis=1).mean()


def test_centres_are_unit_vectors_in_the_middle_of_what_is_nearest_to_them():
    random = np.random.default_rng(5)
    axes = np.eye(3, 16)[random.integers(0, 3, 300)]
    vectors = unit(axes + 0.05 * random.normal(size=axes.shape))
    found = centres.clusters(vectors, 3)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    nearest = centres.Nearest(found).first(vectors)
    together = {(n, int(axis)) for n, axis in zip(nearest, axes.argmax(axis=1), strict=True)}
    assert len(together) == 3


def test_centres_that_are_made_in_groups_lie_as_near_as_those_made_at_once(monkeypatch):
    vectors = crowded(6000, 1)
    at_once = centres.clusters(vectors, 60)
    monkeypatch.setattr(centres, "_FLAT", 8)
    in_groups = centres.clusters(vectors, 60)
    assert 60 <= len(in_groups) <= 60 + 8
    assert np.allclose(np.linalg.norm(in_groups, axis=1), 1, atol=1e-5)
    assert apart(vectors, in_groups) < 1.1 * apart(vectors, at_once)


def test_the_nearest_centre_of_groups_is_nearly_always_the_nearest_of_all(grouped):
    vectors = crowded(6000, 2)
    found = centres.clusters(vectors, 200)
    assert len(found) >= 200
    some, all_ = centres.Nearest(found), centres.Nearest(found, whole=True)
    exact = (vectors @ found.T).argmax(axis=1)
    assert (all_.first(vectors) == exact).mean() > 0.999  # but for ties
    assert (some.first(vectors) == exact).mean() > 0.99
    lists = [side.ranked(vectors, 5)[1] for side in (some, all_)]
    kept = [len(set(a) & set(b)) for a, b in zip(*map(np.ndarray.tolist, lists), strict=True)]
    assert np.mean(kept) > 0.9 * 5


def test_a_vector_meets_a_share_of_many_centres_that_falls_as_they_grow(grouped):
    met = []
    for count in (400, 1600):
        found = centres.clusters(crowded(4 * count, 3, each=2), count, 5)
        index = centres.Nearest(found)._index
        sizes = [index.invlists.list_size(group) for group in range(index.nlist)]
        assert sum(sizes) == len(found)
        met.append((index.nlist + index.nprobe * np.mean(sizes)) / len(found))
    assert met[1] < 0.6 * met[0]


@pytest.mark.parametrize("count", [100, 480])
def test_equal_vectors_and_a_far_one_have_their_centres(grouped, count):
    vectors = np.repeat(np.eye(1, 16, dtype=np.float32), 500, axis=0)
    vectors[77] = np.eye(1, 16, 5)
    found = centres.clusters(vectors, count, 5)
    nearest = centres.Nearest(found).first(vectors)
    assert (found[nearest] * vectors).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_any_number_of_threads_gives_the_same_bytes():
    code = (
        "from tests.curate.test_centres import FEW, centres, crowded\n"
        "import hashlib\n"
        "for name, value in FEW.items(): setattr(centres, name, value)\n"
        "vectors = crowded(6000, 4)\n"
        "found = centres.clusters(vectors, 200)\n"
        "told = found.tobytes() + centres.Nearest(found).first(vectors).tobytes()\n"
        "print(hashlib.sha256(told).hexdigest())\n"
    )
    assert len(_threads.printed(code)) == 1
