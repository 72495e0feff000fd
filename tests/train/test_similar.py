"""Similar pictures: all of them of few, nearly all of many, never the picture itself."""

import numpy as np
import pytest

from train import similar
from train.similar import neighbours


@pytest.fixture
def vectors():
    """3,000 vectors of 100 bundles."""
    dice = np.random.default_rng(0)
    found = dice.normal(size=(100, 32)).repeat(30, 0) + 0.5 * dice.normal(size=(3000, 32))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def by_hand(vectors, most):
    cosines = vectors.astype(float) @ vectors.astype(float).T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, 1)[:, :most]


@pytest.mark.parametrize("cells", [similar._CELLS, 10_000])
def test_of_few_pictures_the_most_similar_are_found_whatever_fits_the_memory(
    vectors, monkeypatch, cells
):
    monkeypatch.setattr(similar, "_CELLS", cells)
    found, cosines = neighbours(vectors, 8), vectors.astype(float) @ vectors.astype(float).T
    assert all(len({row, *others}) == 9 for row, others in enumerate(found.tolist()))
    wanted = np.take_along_axis(cosines, by_hand(vectors, 8), 1)
    np.testing.assert_allclose(np.take_along_axis(cosines, found, 1), wanted, atol=1e-6)


def test_of_many_pictures_nearly_all_that_are_similar_are_found_the_same_each_time(
    vectors, monkeypatch
):
    monkeypatch.setattr(similar, "_PER_LIST", 50)
    found, wanted = neighbours(vectors, 8, exact=0), by_hand(vectors, 8)
    assert (found != np.arange(3000)[:, None]).all()
    hit = np.mean([len(set(a) & set(b)) for a, b in zip(found, wanted, strict=True)]) / 8
    assert hit > 0.98
    assert np.array_equal(found, neighbours(vectors, 8, exact=0))


@pytest.mark.parametrize("exact", [0, 10])
@pytest.mark.parametrize("number", [2, 5])
def test_there_are_no_more_than_there_are_others_and_alike_ones_are_not_the_picture_itself(
    exact, number
):
    alike = np.ones((number, 1), np.float32)
    found = neighbours(alike, 8, exact)
    assert found.shape == (number, number - 1)
    assert (found != np.arange(number)[:, None]).all()
    assert all(sorted(row) == sorted(set(row)) for row in found.tolist())


def test_where_none_is_asked_for_none_is_sought():
    assert neighbours(np.ones((3, 1), np.float32), 0).tolist() == [[0]] * 3
