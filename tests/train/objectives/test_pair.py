"""Statements about two pictures: both are read, and which is which matters."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch

from curate.dataset.errors import DataError
from tests._learning import learnt
from train.batch import collate
from train.notes import answers, other_pictures
from train.objectives import pair

KNOWN = ("true", "false")


def corpus_of(pairs, words, firsts, seconds, right=None):
    """Examples with the statement of each row, and the pictures of two."""
    names = pairs.regions.names.to_pylist()
    images = [[names[a], names[b]] for a, b in zip(firsts, seconds, strict=True)]
    examples = pa.table(
        {
            "images": pa.array(images, pa.list_(pa.string())),
            "answers": [[one] for one in right or ["true"] * len(images)],
            "scores": [[1.0]] * len(images),
        }
    )
    own = dataclasses.replace(pairs, image=np.array(firsts), examples=examples)
    read = [note.read(own, words, 16, None, None) for note in (answers, other_pictures)]
    return dataclasses.replace(own, notes=tuple(read))


def ready(corpus, words, number):
    rows = np.arange(number)
    batch = collate(corpus, rows, rows, rows >= 0, words)
    pair.prepare(batch, words, pair.Params())
    return batch


@pytest.fixture
def model(make_model):
    none = {"mlm": None, "moc": None, "mrfr": None, "itm": None}
    return make_model(objectives={"pair": {}, **none}, answers=KNOWN)


def test_the_second_pictures_follow_the_first_with_the_same_texts(pairs, words):
    batch = ready(corpus_of(pairs, words, [0, 1, 2], [5, 6, 7]), words, 3)
    assert torch.equal(batch.tokens[:3], batch.tokens[3:])
    whole = torch.from_numpy(pairs.regions.features[[0, 1, 2, 5, 6, 7]]).float()
    assert torch.equal(batch.features, whole)
    assert torch.equal(batch.boxes, torch.from_numpy(pairs.regions.boxes[[0, 1, 2, 5, 6, 7]]))
    assert batch.counts["pair"] == 3
    assert pair.answers(batch).shape == (3,)


def test_an_example_has_one_answer_of_both_pictures(pairs, words, model):
    model.eval()

    def logits(firsts, seconds):
        batch = ready(corpus_of(pairs, words, firsts, seconds), words, len(firsts))
        with torch.no_grad():
            score = model(batch)["pair"]
            assert score.pairs[:, 1].tolist() == [1] * len(firsts)
            return model.heads["pair"].logits(model.states(batch), batch)

    both = logits([0, 1], [5, 6])
    assert both.shape == (2, 2)
    assert torch.allclose(both[:1], logits([0], [5]), atol=1e-5)
    assert not torch.allclose(both[:1], logits([0], [7]), atol=1e-4)
    assert not torch.allclose(both[:1], logits([5], [0]), atol=1e-4)


def test_whether_two_pictures_are_one_is_learnt(pairs, words, model):
    firsts, seconds = [0, 1, 2, 3, 4, 5], [0, 4, 2, 5, 4, 1]
    right = ["true" if a == b else "false" for a, b in zip(firsts, seconds, strict=True)]
    batch = ready(corpus_of(pairs, words, firsts, seconds, right), words, 6)
    assert learnt(model, batch, "pair", 60).figure == 6


def test_one_picture_is_too_few(pairs, words):
    one = dataclasses.replace(pairs, examples=pa.table({"images": [["a"]]}))
    with pytest.raises(DataError, match="an example has not two pictures"):
        other_pictures.read(one, words, 16, None, None)
