import math

import numpy as np
import pyarrow as pa
import pytest

from curate.embeddings import Embeddings, raw
from curate.scorers import clip_corrected
from curate.scorers.clip_corrected import Params

AXES = np.eye(3)


def test_three_pairs_are_corrected_as_by_hand():
    captions = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0]], float)
    found = clip_corrected.corrected(AXES, captions, Params(temperature=1, batch=3, draws=2))
    e = math.e
    # rows of exp(cosine): (e, 1, e), (1, e, 1), (1, 1, 1); so the sums of rows and of columns are
    rows, columns = (2 * e + 1, e + 2, 3), (e + 2, e + 2, e + 2)
    cosines = (1, 1, 0)
    expected = [
        c - (math.log(r) + math.log(k)) / 2 for c, r, k in zip(cosines, rows, columns, strict=True)
    ]
    assert found == pytest.approx(expected)


def test_a_pair_alone_in_its_batch_has_nothing_left():
    found = clip_corrected.corrected(AXES, AXES, Params(temperature=0.5, batch=1))
    assert found == pytest.approx(np.zeros(3))


def test_of_two_pairs_with_one_cosine_the_hub_comes_last():
    """Captions 0 and 1 fit their pictures equally well, but caption 1 fits all the others, too."""
    pictures = np.array([[1, 0, 0], [0, 1, 0], [0, 0.8, 0.6], [0, 0.8, -0.6]])
    captions = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1.0]])
    found = clip_corrected.corrected(pictures, captions, Params(temperature=0.1, batch=4))
    assert found[0] > found[1]


def test_a_batch_in_blocks_is_as_the_whole_of_it(monkeypatch):
    random = np.random.default_rng(1)
    pictures, captions = (
        v / np.linalg.norm(v, axis=1, keepdims=True) for v in random.normal(size=(2, 50, 8))
    )
    params = Params(batch=50, draws=2)
    whole = clip_corrected.corrected(pictures, captions, params)
    monkeypatch.setattr(clip_corrected, "_BLOCK", 7)
    assert clip_corrected.corrected(pictures, captions, params) == pytest.approx(whole, abs=1e-12)


def test_planted_mismatches_come_below_true_pairs():
    random = np.random.default_rng(0)
    pictures = random.normal(size=(400, 16))
    captions = pictures + 0.8 * random.normal(size=pictures.shape)
    captions[:100] = np.roll(captions[:100], 1, axis=0)
    units = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (pictures, captions)]
    found = clip_corrected.corrected(*units, Params(batch=128))
    auc = (found[100:, None] > found[None, :100]).mean()
    assert auc > 0.98


def test_a_pair_without_a_picture_has_no_score_and_draws_are_seeded():
    rows = pa.table({"uid": ["1", "2"], "image": ["a", "lost"], "caption": ["x", "x"]})
    found = Embeddings(
        raw("images", {"a": np.array([1.0, 0])}), raw("texts", {"x": np.array([0, 1.0])})
    )
    table = clip_corrected.score(rows, Params(), found)
    assert table.column("corrected").null_count == 1
    assert table.equals(clip_corrected.score(rows, Params(), found))
