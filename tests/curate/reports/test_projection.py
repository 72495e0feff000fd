import numpy as np
import pytest

from curate.reports import projection


def groups(each, dimensions=16):
    """Three groups of vectors, each around a direction of its own."""
    random = np.random.default_rng(0)
    centres = np.linalg.qr(random.normal(size=(dimensions, 3)))[0].T
    vectors = np.repeat(centres, each, axis=0) + 0.05 * random.normal(size=(3 * each, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.repeat(range(3), each)


def test_what_is_alike_lies_side_by_side():
    vectors, group = groups(40)
    places = projection.plane(vectors)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (group[apart.argmin(axis=1)] == group).all()


def test_places_fill_the_plane_and_are_the_same_each_time():
    vectors, _ = groups(10)
    places = projection.plane(vectors)
    assert places.min(axis=0).tolist() == [0, 0]
    assert places.max(axis=0).tolist() == [1, 1]
    assert (projection.plane(vectors) == places).all()


@pytest.mark.parametrize("count", [0, 1, 4, 5])
def test_a_few_vectors_have_places_too(count):
    vectors, _ = groups(2)
    places = projection.plane(vectors[:count])
    assert places.shape == (count, 2)
    assert len(np.unique(places, axis=0)) == count
    assert ((places >= 0) & (places <= 1)).all()
