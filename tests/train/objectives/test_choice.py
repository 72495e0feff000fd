"""Choosing among an example's own: each choice is read after the question, with its picture."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from tests._learning import learnt
from train.batch import collate
from train.notes import choices as note
from train.objectives import choice

CHOICES = [["red", "a blue one", "green"], ["red", "it is the large green one"], ["blue", "red"]]
RIGHT = [["green"], ["red"], ["blue"]]


@pytest.fixture
def corpus(pairs, words):
    """Three examples, of three, two and two choices, about the pictures of three pairs."""
    scores = [[1.0], [1.0], [1.0]]
    examples = pa.table({"choices": CHOICES, "answers": RIGHT, "scores": scores})
    rows = dataclasses.replace(pairs, captions=pairs.captions[:3], keys=pairs.keys[:3])
    rows = dataclasses.replace(rows, examples=examples)
    return dataclasses.replace(rows, notes=(note.read(rows, words, 16, None, None),))


@pytest.fixture
def ready(corpus, words):
    def make(*rows):
        rows = np.array(rows)
        batch = collate(corpus, rows, rows, rows >= 0, words)
        choice.prepare(batch, words, choice.Params())
        return batch

    return make


@pytest.fixture
def model(make_model):
    return make_model(
        objectives={"choice": {}, "mlm": None, "moc": None, "mrfr": None, "itm": None}
    )


def test_each_choice_is_read_after_the_question_with_the_picture(ready, corpus, words):
    batch = ready(2, 0)
    assert batch.notes["choice_of"].tolist() == [0, 0, 1, 1, 1]
    for row, (example, said) in enumerate(((2, "blue"), (2, "red"), (0, "red"), (0, "a blue one"))):
        text = words.encode([corpus.captions[example], said], 16)
        first, second = (text.padded(np.array([n]), words.pad)[0] for n in (0, 1))
        laid = [*first[first != words.pad], *second[second != words.pad][1:]]
        assert batch.tokens[row][batch.words[row]].tolist() == laid
        assert batch.second.begin[row] == (first != words.pad).sum()
        features = corpus.regions.features[corpus.image[example]]
        assert torch.equal(batch.features[row], torch.from_numpy(features).float())


def test_texts_that_are_too_long_lose_their_ends(pairs, words):
    long = pa.table({"choices": [["red " * 30, "blue"]], "answers": [["blue"]], "scores": [[1.0]]})
    rows = dataclasses.replace(pairs, captions=["green " * 30], keys=pairs.keys[:1], examples=long)
    rows = dataclasses.replace(rows, notes=(note.read(rows, words, 16, None, None),))
    told = rows.notes[0](np.array([0]), np.array([0]), 16)
    assert told["choices"].shape[1] <= 16


def test_loss_is_softmax_over_an_example_s_own_choices(ready, model):
    batch = ready(0, 1, 2)
    head, states = model.heads["choice"], model.states(batch)
    score = head(states, batch)
    each = head.choose(states.pooled).squeeze(1)
    expected = F.cross_entropy(each[None, :3], torch.tensor([2]))
    expected += F.cross_entropy(each[None, 3:5], torch.tensor([0]))
    expected += F.cross_entropy(each[None, 5:], torch.tensor([0]))
    assert torch.allclose(score.loss, expected)
    assert score.pairs[:, 1].tolist() == [1, 1, 1]
    assert batch.counts["choice"] == 3
    assert choice.by_lot(batch) == pytest.approx(1 / 3 + 1 / 2 + 1 / 2)
    right = [each[:3].argmax() == 2, each[3:5].argmax() == 0, each[5:].argmax() == 0]
    assert score.figure == sum(map(int, right))


def test_an_example_is_chosen_alike_whatever_is_beside_it(ready, model, corpus):
    model.eval()
    batch, alone = ready(0, 1, 2), ready(1)
    with torch.no_grad():
        logits = model.heads["choice"].logits(model.states(batch), batch)
        own = model.heads["choice"].logits(model.states(alone), alone)
    assert torch.allclose(logits[1, :2], own[0], atol=1e-5)
    assert logits[1, 2] == -torch.inf
    found = choice.told(logits.numpy(), corpus, np.array([0, 1, 2]), model.sizes)
    assert found == [CHOICES[row][place] for row, place in enumerate(logits.argmax(1).tolist())]


def test_choices_are_learnt(ready, model, words):
    batch = ready(0, 1, 2)
    assert learnt(model, batch, "choice", 60).figure == 3


def test_regions_stand_behind_question_and_choice_where_words_bear_the_picture(ready, make_model):
    model = make_model(visual="joined", shared_norm=True).eval()
    batch = ready(0, 1, 2)
    both = model.vision.embed(model.text, batch)
    one = model.vision.embed(model.text, dataclasses.replace(batch, second=None))
    assert torch.equal(both[1], one[1])
    assert not torch.equal(both[0], one[0])  # the choices have a segment of their own


def test_pairs_have_no_choices(pairs, words):
    with pytest.raises(ParamsError, match=r"what reads choices is learnt of a task's examples"):
        note.read(pairs, words, 16, None, None)
