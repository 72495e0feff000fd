import numpy as np

from align.regions.codebook import assign, fit


def clusters(number=40, seed=0):
    """Cells around four directions, one for each of a picture's cells, and pictures' names."""
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(4, 12)) * 5
    cells = directions[None] + 0.1 * rng.normal(size=(number, 4, 12))
    names = [rng.bytes(16).hex() for _ in range(number)]
    return names, cells.astype(np.float16)


def classed(names, cells, *how):
    """Classes, cosines and centres by a codebook of the same cells."""
    codebook = fit(names, cells, *how)
    return *assign(cells, codebook), codebook.centres


def test_cells_of_a_kind_share_a_class_and_are_sure_of_it():
    names, cells = clusters()
    classes, confidence, centres = classed(names, cells, 1.0, 4, 3)
    assert len(centres) == 4
    assert np.allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-5)
    for column in range(4):
        assert len(set(classes[:, column])) == 1
    assert confidence.min() >= 0.0
    assert confidence.max() <= 1.0


def test_every_cell_has_the_class_whose_centre_is_nearest():
    names, cells = clusters()
    noisy = (cells + np.random.default_rng(1).normal(size=cells.shape) * 3).astype(np.float16)
    classes, confidence, centres = classed(names, noisy, 1.0, 8, 0)
    flat = noisy.astype(np.float32).reshape(-1, 12)
    unit = flat - flat.mean(0)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    cosine = unit @ centres.T
    assert np.array_equal(cosine.argmax(1), classes.ravel())
    assert np.allclose(cosine.max(1).clip(0, 1), confidence.ravel(), atol=1e-5)


def test_a_picture_outside_the_share_changes_no_other_label():
    names, cells = clusters(200)
    inside = np.array([int(name[:8], 16) < 0.5 * 2**32 for name in names])
    assert 40 < inside.sum() < 160
    extra = np.flatnonzero(~inside)[0]
    rest = np.arange(200) != extra
    whole, _, centres = classed(names, cells, 0.5, 4, 0)
    part, _, same = classed(
        [n for n, r in zip(names, rest, strict=True) if r], cells[rest], 0.5, 4, 0
    )
    assert np.array_equal(centres, same)
    assert np.array_equal(whole[rest], part)


def test_few_or_no_cells_give_few_or_no_classes():
    names, cells = clusters(1)
    classes, _, centres = classed(names, cells, 0.25, 256, 0)
    assert len(centres) == 2
    assert set(classes.ravel()) <= {0, 1}
    classes, _, centres = classed([], np.zeros((0, 0, 12)), 0.25, 256, 0)
    assert classes.shape == (0, 0)
    assert len(centres) == 0
