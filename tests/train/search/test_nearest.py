"""Nearest vectors: all compared, or along a graph."""

import numpy as np
import pytest

from curate.dataset.errors import DataError
from train.search import nearest
from train.search.nearest import NearestParams


@pytest.fixture(scope="module")
def vectors():
    """3,000 unit vectors about 60 centres."""
    draw = np.random.default_rng(0)
    near = draw.normal(size=(60, 24))[np.arange(3000) % 60] + 0.4 * draw.normal(size=(3000, 24))
    return (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)


def exact(vectors, queries, count):
    return np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :count]


def test_a_flat_index_finds_the_nearest_in_order(vectors):
    near, rows = nearest.build(vectors, NearestParams(kind="flat"))(vectors[:20], 7)
    assert (rows == exact(vectors, vectors[:20], 7)).all()
    assert near == pytest.approx(np.take_along_axis(vectors[:20] @ vectors.T, rows, 1), abs=1e-5)


def test_a_graph_finds_nearly_all_and_says_how_many(vectors):
    graph = nearest.build(vectors, NearestParams(kind="hnsw"))
    queries = vectors[::30]
    truly, found = exact(vectors, queries, 10), graph(queries, 10)[1]
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truly, strict=True)])
    assert nearest.recall(graph, vectors, queries) == pytest.approx(shared)
    assert shared > 0.97
    narrow = nearest.build(vectors, NearestParams(kind="hnsw", links=2, build=2, search=1))
    assert nearest.recall(narrow, vectors, queries) < shared


def test_few_are_compared_one_by_one_and_many_by_a_graph(vectors, monkeypatch):
    assert nearest.build(vectors, NearestParams()).kind == "flat"
    monkeypatch.setattr(nearest, "_FEW", 2999)
    assert nearest.build(vectors, NearestParams()).kind == "hnsw"


def test_what_is_saved_is_the_same_again(vectors, tmp_path):
    for kind in ("flat", "hnsw"):
        files = [tmp_path / f"{kind}-{number}" for number in range(2)]
        for file in files:
            nearest.build(vectors, NearestParams(kind=kind)).save(file)
        assert files[0].read_bytes() == files[1].read_bytes()
        again = nearest.load(files[0])
        assert again.kind == kind
        assert (again(vectors[:9], 5)[1][:, 0] == np.arange(9)).all()
        assert again.vector(4) == pytest.approx(vectors[4])


def test_no_more_are_found_than_there_are(vectors):
    near, rows = nearest.build(vectors[:3], NearestParams())(vectors[:2], 10)
    assert near.shape == rows.shape == (2, 3)


@pytest.mark.parametrize("content", [b"", b"no index"])
def test_a_damaged_or_missing_file_is_named(tmp_path, content):
    file = tmp_path / "index.faiss"
    with pytest.raises(DataError, match=r"index.faiss is no index of faiss .*dvc repro index"):
        nearest.load(file)
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"index.faiss is no index of faiss"):
        nearest.load(file)
