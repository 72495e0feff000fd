import numpy as np
import pytest

from curate.dataset.errors import DataError
from train import corpus as corpora


def named(corpus, words, row, kind):
    """The part of a row's caption whose tokens are of one kind."""
    found = corpus.notes[0](np.array([row]), np.array([row]), 14)
    spans = words.spans(corpus.captions, 16)
    own = spans.characters[spans.starts[row] : spans.starts[row + 1]]
    places = np.flatnonzero(found["kinds"][0].numpy() == kind)
    assert set(found["nodes"][0, places].tolist()) == {places[0]}
    return corpus.captions[row][own[places[0], 0] : own[places[-1], 1]].strip()


def test_tokens_name_the_node_or_edge_that_the_graph_has_there(noted, words):
    corpus = noted("graph")
    for row in np.flatnonzero(corpus.languages == "en")[:5]:
        _, size, colour, shape = corpus.captions[row].split()
        assert named(corpus, words, row, 1) == shape
        assert named(corpus, words, row, 2) == colour
        assert named(corpus, words, row, 3) == f"a {size}"


def test_captions_without_a_graph_and_padding_name_nothing(noted):
    corpus = noted("graph")
    rows = np.flatnonzero(corpus.languages == "de")
    found = corpus.notes[0](rows, rows, 20)
    assert not found["kinds"].any()
    assert found["nodes"][0].tolist() == list(range(20))
    english = np.flatnonzero(corpus.languages == "en")
    kinds = corpus.notes[0](english, english, 20)["kinds"].numpy()
    beyond = np.arange(20) >= corpus.tokens.lengths()[english][:, None] - 1
    assert not kinds[beyond].any()
    assert not kinds[:, 0].any()


def test_a_pool_without_graphs_is_an_error_that_names_the_table(small, words):
    with pytest.raises(DataError, match=r"nodes\.parquet"):
        corpora.load(small.snapshot, small.labels, "train", words, 16, 4, needs=["graph"])
