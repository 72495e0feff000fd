"""Answering: scores of several answers are learnt, and what the training split has not is wrong."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import EmptySetError, ParamsError
from train.batch import collate
from train.notes import answers as note
from train.notes.questions import key
from train.objectives import States, answer
from train.plan import Sizes

KNOWN = ("two", "three", "red")
TOLD = [["two", "three"], ["red"], ["blue"]]
SCORES = [[1.0, 0.3], [1.0], [0.6]]


@pytest.fixture
def batch(pairs, words):
    """Three examples: of two answers, of one, of one that is not known."""
    import dataclasses

    examples = pa.table({"answers": TOLD, "scores": SCORES})
    rows = np.arange(3)
    corpus = dataclasses.replace(pairs, examples=examples)
    asked = note.read(corpus, words, 16, None, None)
    made = collate(dataclasses.replace(corpus, notes=(asked,)), rows, rows, rows >= 0, words)
    answer.prepare(made, words, answer.Params())
    return made


def head(make_model, **params):
    plan = make_model().plan
    plan.objectives["answer"] = params
    torch.manual_seed(0)
    return answer.Head(plan, Sizes(10, 4, 2, answers=KNOWN))


def states(width=32):
    pooled = torch.randn(3, width, generator=torch.Generator().manual_seed(1))
    return States(torch.empty(0), torch.empty(0), torch.empty(0), torch.empty(0), pooled)


def test_logits_are_learnt_by_each_answer_s_score(make_model, batch):
    own = head(make_model)
    score = own(states(), batch)
    wanted = torch.tensor([[1.0, 0.3, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    logits = own.logits(states(), batch)
    expected = F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
    assert torch.allclose(score.loss, expected)
    assert score.figure == wanted[range(3), logits.argmax(1)].sum()
    told = answer.told(logits.detach().numpy(), None, None, Sizes(10, 4, 2, answers=KNOWN))
    assert told == [KNOWN[place] for place in logits.argmax(1)]
    assert score.pairs[:, 1].tolist() == [1, 1, 1]
    assert torch.allclose(score.pairs[:, 0].sum(), expected.detach())
    assert batch.counts["answer"] == 3


def test_softmax_asks_for_one_and_unknown_answers_add_nothing(make_model, batch):
    own = head(make_model, loss="softmax")
    logits = F.log_softmax(own.logits(states(), batch), 1)
    expected = -(logits[0, 0] + 0.3 * logits[0, 1] + logits[1, 2])
    assert torch.allclose(own(states(), batch).loss, expected)


def test_chance_is_that_of_the_best_answer(batch):
    assert answer.answers(batch).tolist() == [key("two"), key("red"), key("blue")]


def test_answers_are_those_that_are_right_often_enough_the_most_frequent_first():
    said = [["no"], ["yes"], ["yes", "no"], ["maybe"], ["yes"]]
    told = pa.table({"answers": said})
    assert answer.vocabulary(told, answer.Params()) == ("yes", "no", "maybe")
    assert answer.vocabulary(told, answer.Params(least=2)) == ("yes", "no")
    assert answer.vocabulary(told, answer.Params(most=1)) == ("yes",)
    with pytest.raises(EmptySetError, match="no answer is right of 4 training examples"):
        answer.vocabulary(told, answer.Params(least=4))


def test_a_corpus_of_pairs_has_nothing_to_answer(make_model, pairs, words):
    with pytest.raises(ParamsError, match=r"by train\.finetune, and not of pairs"):
        note.read(pairs, words, 16, None, None)
    with pytest.raises(ParamsError, match=r"learnt by train\.finetune alone"):
        make_model(objectives={"answer": {}})
