"""A task's examples as a corpus: a row for each, with its text and its picture's regions."""

import numpy as np
import pytest

from curate.dataset import record
from curate.dataset.errors import DataError, EmptySetError
from train.plan import Sizes
from train.tasks import examples
from train.tasks.corpus import fitting, load


def test_rows_are_examples_with_their_text_and_picture(shapes, words):
    corpus = load(shapes.task, shapes.labels, "test", words, 16, 4, pixels=32)
    rows = examples.read(shapes.task, "test").to_pylist()
    assert corpus.uids == [row["example"] for row in rows]
    assert corpus.captions == [row["text"] for row in rows]
    names = corpus.regions.names.to_pylist()
    assert [names[image] for image in corpus.image] == [row["images"][0] for row in rows]
    assert corpus.examples.to_pylist() == rows
    assert len(set(corpus.keys.tolist())) == len(corpus) == 12
    assert corpus.pictures.read(corpus.image[:2]).shape == (2, 3, 32, 32)
    assert not corpus.related(np.array([0]), np.array([1])).any()


def test_splits_share_no_picture(shapes, words):
    seen = [
        set(load(shapes.task, shapes.labels, split, words, 16, 4).originals)
        for split in record.SPLIT_NAMES
    ]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 54


def test_a_task_that_is_not_labelled_and_features_of_another_length_are_told(
    shapes, words, tmp_path
):
    with pytest.raises(DataError, match=r"no table at .*regions"):
        load(shapes.task, tmp_path, "test", words, 16, 4)
    corpus = load(shapes.task, shapes.labels, "test", words, 16, 4)
    length = corpus.regions.features.shape[-1]
    fitting(corpus, Sizes(words.size, length, 8), shapes.labels)
    with pytest.raises(DataError, match=rf"have {length} numbers, and the model reads 7"):
        fitting(corpus, Sizes(words.size, 7, 8), shapes.labels)
    with pytest.raises(EmptySetError, match=r"no nowhere example with regions"):
        load(shapes.task, shapes.labels, "nowhere", words, 16, 4)
