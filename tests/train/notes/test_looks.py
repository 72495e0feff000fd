import numpy as np

from train.notes import looks


def test_each_picture_has_its_vector_whatever_stands_beside_it(pairs, words):
    note = looks.read(pairs, words, 16, None, None)
    shown = np.array([3, 0, 5])
    found = note(np.array([1, 1, 2]), shown, 8)["looks"]
    assert np.array_equal(found.numpy(), pairs.regions.embedding[pairs.image[shown]])
    assert np.allclose((found**2).sum(1), 1, atol=1e-3)
