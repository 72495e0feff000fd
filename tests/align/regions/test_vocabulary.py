import numpy as np
import pyarrow as pa
import pytest

from align.labelers.scene import NODES
from align.regions.vocabulary import Vocabulary, assign, nouns
from curate.dataset import tables


def said(folder, rows):
    """Pairs and their scene nodes: (picture, noun) each."""
    pairs = pa.table({"uid": [f"u{i}" for i in range(len(rows))], "image": [r[0] for r in rows]})
    nodes = [
        {"uid": f"u{i}", "node": 0, "kind": kind, "text": n, "lemma": n, "start": 0, "end": 1}
        for i, (_, n, kind) in enumerate(rows)
    ]
    tables.write(pa.Table.from_pylist(nodes, NODES), folder / "nodes.parquet", ("uid", "node"))
    return pairs, folder / "nodes.parquet"


def test_nouns_of_enough_pictures_are_classes_whatever_number_of_captions_says_them(tmp_path):
    rows = [("a", "dog", "object"), ("a", "dog", "object"), ("b", "cat", "object")]
    rows += [("c", "cat", "object"), ("c", "red", "attribute"), ("b", "red", "attribute")]
    pairs, nodes = said(tmp_path, rows)
    assert nouns(pairs, nodes, 2, 9) == ["cat"]
    assert nouns(pairs, nodes, 1, 9) == ["cat", "dog"]
    assert nouns(pairs, nodes, 1, 1) == ["cat"]


def test_probabilities_are_those_of_a_softmax_over_all_nouns():
    random = np.random.default_rng(0)
    centres, seen = (random.normal(size=(n, 6)).astype(np.float32) for n in (9, 4))
    centres, seen = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (centres, seen))
    soft, chances = assign(seen, Vocabulary([str(i) for i in range(9)], centres, 10.0))
    whole = np.exp(10 * seen @ centres.T)
    whole /= whole.sum(1, keepdims=True)
    assert soft.shape == (4, 5)
    for row in range(4):
        assert soft[row].tolist() == np.argsort(-whole[row])[:5].tolist()
        assert chances[row] == pytest.approx(whole[row][soft[row]], abs=1e-5)


def test_equally_likely_nouns_are_in_their_order():
    soft, chances = assign(np.ones((1, 1)), Vocabulary(["a", "b"], np.ones((2, 1), np.float32), 3))
    assert soft.tolist() == [[0, 1]]
    assert chances.tolist() == [[0.5, 0.5]]
