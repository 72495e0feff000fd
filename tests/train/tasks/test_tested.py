import dataclasses
from contextlib import nullcontext

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import EmptySetError
from train import corpus
from train.tasks import retrieval, tested
from train.tasks.retrieval import Asked


@pytest.fixture
def test_pairs(small, words):
    """12 pictures, each told in English and German."""
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


@pytest.fixture
def model(make_model):
    return make_model(objectives={"itm": None, "itc": {}}).eval()


@pytest.fixture
def labels(test_pairs, tmp_path):
    """Of each English caption a negative of another colour; every fourth is a wrong number."""
    english = np.flatnonzero(test_pairs.languages == "en")
    rows = [
        {
            "uid": test_pairs.uids[row],
            "negative": 0,
            "kind": "attribute" if place % 4 else "count",
            "caption": test_pairs.captions[row].replace("a ", "a purple ", 1),
        }
        for place, row in enumerate(english)
    ]
    file = tmp_path / "labels/negatives/negatives.parquet"
    tables.write(pa.Table.from_pylist(rows), file, ("uid", "negative"))
    return tmp_path / "labels"


@pytest.fixture
def measured(model, test_pairs, words, small, labels):
    def call(leaked=(), languages=("en", "de"), sources=None):
        tests = tested.Tests(languages, sources, 2, Asked(100, 0, 8), small.split)
        told = (set(leaked), small.snapshot, labels, nullcontext())
        return tested.measure(model, test_pairs, words, tests, *told)

    return call


def test_figures_are_those_of_vectors_among_the_pictures_of_each_language(
    measured, model, test_pairs, words
):
    found = measured()
    rows = retrieval.candidates(test_pairs, "en", 100, None)
    near = retrieval.cosines(model, test_pairs, rows, rows, words, 8, nullcontext())
    first = float((near.argmax(1) == np.arange(12)).mean())
    own = found["languages"]["en"]["image_retrieval"]
    assert (own["candidates"], own["recall_at_1"]) == (12, pytest.approx(first))
    assert set(found["languages"]) == {"en", "de"}
    assert found["sources"]["drawn"] == found["parts"]["every"] == found["languages"]["en"]
    assert set(found["parts"]) == {"every"}


def test_what_leaked_is_measured_by_itself_in_whatever_language_it_is_named(measured, test_pairs):
    german = [
        u for u, tag in zip(test_pairs.uids, test_pairs.languages, strict=True) if tag == "de"
    ]
    found = measured(leaked=german[:4])
    assert found["languages"]["en"]["image_retrieval"]["candidates"] == 8
    assert found["parts"]["leaked"]["image_retrieval"]["candidates"] == 4
    assert found["composition"]["all"]["negatives"] == 8


def test_composition_is_how_often_the_caption_is_nearer_than_the_false_one(
    measured, model, test_pairs, words
):
    found = measured()["composition"]
    rows = np.flatnonzero(test_pairs.languages == "en")
    near = retrieval.cosines(model, test_pairs, rows, rows, words, 32, nullcontext())
    said = [test_pairs.captions[row].replace("a ", "a purple ", 1) for row in rows]
    false = dataclasses.replace(
        test_pairs, tokens=words.encode(said, 16), image=test_pairs.image[rows],
        keys=test_pairs.keys[rows],
    )  # fmt: skip
    every = np.arange(len(rows))
    other = retrieval.cosines(model, false, every, every, words, 32, nullcontext())
    right = float((np.diag(near) > np.diag(other)).mean())
    assert found["all"] == {"accuracy": pytest.approx(right), "negatives": 12}
    assert found["count"]["negatives"] + found["attribute"]["negatives"] == 12


def test_a_language_of_too_few_pictures_is_left_out_unless_it_is_the_first(measured):
    assert set(measured(languages=("en", "fr"))["languages"]) == {"en"}
    with pytest.raises(EmptySetError, match="0 clean held-out pictures are told in 'fr'"):
        measured(languages=("fr", "en"))
    with pytest.raises(EmptySetError, match="0 clean held-out pictures are told in 'en'"):
        measured(sources=("shops",))
