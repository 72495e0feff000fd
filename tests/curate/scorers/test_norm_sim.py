import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import embeddings
from curate.embeddings import Embeddings, raw
from curate.scorers import norm_sim

TARGET = np.array([[1.0, 0.0], [0.6, 0.8]])
PICTURES = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])


def test_norms_of_cosines_are_those_by_hand():
    # cosines with the target: (1, 0.6), (0, 0.8), (-1, -0.6)
    squares = norm_sim.norm_sim(PICTURES, TARGET, 2)
    assert squares == pytest.approx([math.sqrt(1.36), 0.8, math.sqrt(1.36)], abs=1e-4)


def test_the_greatest_cosine_counts_for_infinity_and_an_opposite_is_not_near():
    assert norm_sim.norm_sim(PICTURES, TARGET, math.inf) == pytest.approx([1, 0.8, -0.6])


def test_pictures_like_the_target_come_first_and_lost_ones_have_none(tmp_path):
    text = raw("texts", {"x": np.array([1.0, 0])})
    target = Embeddings(raw("images", {"t": np.array([0.0, 2.0])}), text)
    embeddings.write(target, tmp_path)
    found = Embeddings(raw("images", {"a": np.array([0.0, 1]), "b": np.array([1.0, 0])}), text)
    rows = pa.table({"image": ["a", "b", "lost"]})
    table = norm_sim.score(rows, norm_sim.Params(target=Path(tmp_path)), found)
    assert table.column("norm_sim").to_pylist() == [1, 0, None]
