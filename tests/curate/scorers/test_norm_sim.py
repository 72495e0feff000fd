import math
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import embeddings, scorer, scoring
from curate.dataset.errors import DataError
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


@pytest.fixture
def written(project):
    """Embeddings of a target, of two pictures, and a pool in which a third has none."""
    text = raw("texts", {"x": np.array([1.0, 0])})

    def write(folder, **vectors):
        named = {name: np.array(vector, float) for name, vector in vectors.items()}
        embeddings.write(Embeddings(raw("images", named), text), Path(folder))

    write("target", t=(0, 2))
    write("vectors", a=(0, 1), b=(1, 0))
    return write


@pytest.fixture
def scored(written, capsys):
    """Scores images by the stage's form: values by image, and how many were remembered."""

    def score(*images, **params):
        asked = scorer.asked("score_embedded.norm_sim", {"target": "target", **params})
        pairs = pa.table({n: list(images) for n in ("uid", "image", "set", "shard", "offset")})
        table = scoring.table_of(asked, scoring.Pool(pairs, Path("vectors")))
        told = re.search(r"(\d+) of them remembered", capsys.readouterr().err)
        return dict(zip(*table.to_pydict().values(), strict=True)), int(told.group(1))

    return score


def test_pictures_like_the_target_come_first_and_lost_ones_have_none(scored):
    assert scored("a", "b", "lost") == ({"a": 1, "b": 0, "lost": None}, 0)


def test_a_picture_is_judged_anew_where_its_vector_or_the_target_is_another(written, scored):
    scored("a", "b")
    assert scored("a", "b") == ({"a": 1, "b": 0}, 2)
    written("vectors", a=(0, 1), b=(0.6, 0.8))
    assert scored("a", "b") == ({"a": 1, "b": pytest.approx(0.8, abs=1e-3)}, 1)
    written("vectors", a=(1, 0), b=(0, 1))  # both were judged before, of the other picture
    assert scored("a", "b") == ({"a": 0, "b": 1}, 2)
    written("vectors", a=(0, 1), b=(0.6, 0.8))
    written("target", t=(2, 0))
    assert scored("a", "b") == ({"a": 0, "b": pytest.approx(0.6, abs=1e-3)}, 0)


def test_a_target_that_is_not_there_is_told(scored):
    with pytest.raises(DataError, match="no table at gone"):
        scored("a", target="gone")


@pytest.mark.parametrize("p", [2, math.inf])
def test_no_bit_depends_on_the_pictures_beside_it(p, monkeypatch):
    monkeypatch.setattr(norm_sim, "DECIMALS", 17)
    random = np.random.default_rng(0)
    pictures, target = (embeddings.unit(random.normal(size=(n, 96))) for n in (301, 57))
    whole = norm_sim.norm_sim(pictures, target, p)
    for size in (1, 7, 128, 300):
        parts = [pictures[at : at + size] for at in range(0, 301, size)]
        found = np.concatenate([norm_sim.norm_sim(part, target, p) for part in parts])
        assert np.array_equal(found, whole)
