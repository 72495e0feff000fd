"""Answering: scores of several answers are learnt, and what the training split has not is wrong."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import EmptySetError, ParamsError
from curate.stage import plugin
from train.batch import collate
from train.model import Model
from train.notes import answers
from train.notes.questions import key
from train.objectives import States, answer, pair
from train.plan import Sizes

KNOWN = ("two", "three", "red")
TOLD = [["two", "three"], ["red"], ["blue"]]
SCORES = [[1.0, 0.3], [1.0], [0.6]]


@pytest.fixture
def make(pairs, words):
    """Makes three examples: of two answers, of one, of one that is not known."""

    def make(limit=16, **params):
        rows, own = np.arange(3), answer.Params(**params)
        corpus = dataclasses.replace(pairs, examples=pa.table({"answers": TOLD, "scores": SCORES}))
        read = [plugin.load("train.notes", name).read for name in answer.needs(own)]
        notes = tuple(one(corpus, words, limit, None, None) for one in read)
        made = collate(dataclasses.replace(corpus, notes=notes), rows, rows, rows >= 0, words)
        answer.prepare(made, words, own)
        return made

    return make


@pytest.fixture
def batch(make):
    return make()


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
        answers.read(pairs, words, 16, None, None)
    with pytest.raises(ParamsError, match=r"learnt by train\.finetune alone"):
        make_model(objectives={"answer": {}})


@torch.no_grad()
def test_a_mask_behind_the_question_may_be_read_as_visualberts_code_has_it(make_model, make, words):
    plain, marked = make(), make(read="mask")
    at = marked.words.sum(1) - 2  # where VisualBertForQuestionAnswering of transformers reads
    rows = torch.arange(3)
    assert (marked.tokens[rows, at] == words.mask).all()
    assert (marked.tokens[rows, at + 1] == words.end).all()
    assert (marked.words.sum(1) == plain.words.sum(1) + 1).all()
    for row in range(3):
        asked = plain.tokens[row][plain.words[row]]
        assert torch.equal(marked.tokens[row][: at[row]], asked[:-1])
    plan = dataclasses.replace(make_model().plan, objectives={"answer": {"read": "mask"}})
    sizes = Sizes(words.size, marked.features.shape[-1], 8, answers=KNOWN)
    model = Model("imagebert", plan, sizes).eval()
    found = model.states(marked)
    head = model.heads["answer"]
    wanted = head.choose(head.norm(F.gelu(head.dense(found.text[rows, at]))))
    torch.testing.assert_close(head.logits(found, marked), wanted)
    assert model(marked)["answer"].loss > 0


def test_a_question_that_fills_the_limit_loses_its_last_word_to_the_mask(make, words):
    limit = int(make().words.sum(1).max())
    marked = make(limit, read="mask")
    assert marked.tokens.shape[1] == limit
    longest = marked.words.sum(1) == limit
    assert (marked.tokens[longest, limit - 2] == words.mask).all()


@torch.no_grad()
def test_two_pictures_are_each_read_by_their_mask(make_model, make, words):
    marked = make(read="mask")
    plan = dataclasses.replace(make_model().plan, objectives={"pair": {"read": "mask"}})
    head = pair.Head(plan, Sizes(words.size, 16, 8, answers=KNOWN))
    text = torch.randn(6, marked.tokens.shape[1], 32)
    found = head.vectors(States(text, torch.empty(0), torch.empty(0), torch.empty(0)), marked)
    at, rows = marked.notes["mask_at"], torch.arange(3)
    assert torch.equal(found, torch.cat([text[rows, at], text[rows + 3, at]], 1))
