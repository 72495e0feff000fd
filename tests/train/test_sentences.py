"""Two captions for a picture, of which the second may be another's: VisualBERT's sentences."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from curate.dataset.errors import ParamsError
from tests._rates import assert_rate, many, parts
from train import examine, pretrain, text, tokenizer
from train.batches import Batches
from train.following import SENTENCE, lay
from train.ledger import Ledger
from train.models import visualbert
from train.notes import needed
from train.objectives import IGNORED
from train.params import Sampling, Vocabulary
from train.ranks import Ranks
from train.recipe import Params
from train.sentences import Sentences


@pytest.fixture
def several(pairs):
    """The training split as if both captions of each picture were of one language."""
    return dataclasses.replace(pairs, languages=np.full(len(pairs), "en"))


def batches(corpus, words, share, limit=24):
    sampling = Sampling(languages={"en": 1.0, "other": 1.0}, hard=1.0, neighbours=8)
    second = Sentences(corpus, share, limit, 0) if share else None
    return Batches(corpus, words, 24, 0, sampling, sentences=second)


def drawn(corpus, words, share):
    """The rows of a corpus and its pairs as an epoch draws them."""
    rows = np.arange(len(corpus))
    return rows, batches(corpus, words, share).shown(0, rows)


def test_the_second_caption_is_another_pictures_half_of_the_time(several, words):
    rows, found = drawn(many(several, 1700), words, 1.0)
    assert (found.seconds >= 0).all()
    assert_rate((~found.matched).sum(), len(rows), 0.5)


def test_so_many_pairs_have_a_second_caption_as_asked(several, words):
    rows, found = drawn(many(several, 3400), words, 0.5)
    two = found.seconds >= 0
    assert_rate(two.sum(), len(rows), 0.5)
    for some in (two, ~two):  # of one caption, that one may be wrong
        assert_rate((some & ~found.matched).sum(), some.sum(), 0.5)


def test_each_other_caption_of_the_picture_follows_as_often(several, words):
    together = dataclasses.replace(several, image=several.image // 2)  # four captions for each
    corpus = many(together, 1700)
    rows = np.arange(len(corpus))
    own = rows, rows, np.ones(len(rows), bool)
    found = Sentences(corpus, 1.0, 24, 0).paired(0, rows, own)
    order = np.lexsort((together.wording, together.image)).argsort() % 4  # among the four
    ahead = order[found.seconds % len(order)] - order[rows % len(order)]
    for step in (1, 2, 3):
        assert_rate((ahead % 4 == step).sum(), len(ahead), 1 / 3)


def test_the_first_caption_is_the_pictures_own_and_the_second_is_what_is_told(several, words):
    corpus = many(several, 50)
    rows, found = drawn(corpus, words, 1.0)
    image, wording = corpus.image, corpus.wording
    assert (found.texts == rows).all()
    assert (found.pictures == rows).all()
    own = image[found.seconds] == image[rows]
    assert (own == found.matched).all()
    assert (wording[found.seconds] != wording[rows]).all()
    other = rows[found.matched] != found.seconds[found.matched]
    assert other.all()


def test_a_picture_with_one_caption_in_a_language_stays_as_it_is(pairs, words):
    rows = np.arange(24)
    one, two = (batches(pairs, words, share).make(0, rows) for share in (0.0, 1.0))
    assert torch.equal(one.tokens, two.tokens)
    assert torch.equal(one.matched, two.matched)
    assert torch.equal(one.features, two.features)
    assert two.second is None


def test_pairs_are_framed_and_told_apart_as_berts(several, tmp_path):
    said = several.captions
    tokenizer.learn(said, Vocabulary(kind="wordpiece", size=400), tmp_path)
    words, theirs = text.Words(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    rows, seconds = np.array([0, 1, 2]), np.array([5, -1, 7])
    ids, laid = lay(words.encode(said, 24), rows, seconds, SENTENCE, words)
    second = (torch.arange(ids.shape[1]) >= laid.begin[:, None]) & (ids != words.pad)
    told = [
        theirs(said[a], said[b] if b >= 0 else None, return_token_type_ids=True)
        for a, b in zip(rows, seconds, strict=True)
    ]
    for row, other in enumerate(told):
        length = len(other.input_ids)
        assert ids[row, :length].tolist() == other.input_ids
        assert (ids[row, length:] == words.pad).all()
        assert second[row, :length].long().tolist() == other.token_type_ids
        assert not second[row, length:].any()


def test_words_of_both_captions_are_masked_at_the_rate_and_learnt_where_wrong_too(several, words):
    plan = visualbert.plan(Params(change={"second": 1.0}))
    corpus = many(several, 550)
    todo, found = examine.tasks(plan.objectives), batches(corpus, words, 1.0)
    chosen: dict[bool, list[torch.Tensor]] = {False: [], True: []}
    for rows in parts(np.arange(len(corpus))):
        batch = examine.ready(found, rows, plan, todo, words, 0, 0)
        ordinary = torch.isin(batch.notes["written"], torch.from_numpy(words.ordinary))
        for second in (False, True):
            later = torch.arange(batch.tokens.shape[1]) >= batch.second.begin[:, None]
            inside = ordinary & (later == second)
            wanted = batch.targets["mlm"] != IGNORED
            chosen[second].append(wanted[inside])
            if not second:
                assert wanted[~batch.matched].any()
    for side in chosen.values():
        hidden = torch.cat(side)
        assert_rate(hidden.sum(), len(hidden), 0.15)


def test_the_plan_of_two_captions_learns_all_words_and_that_of_one_the_matched_pairs():
    assert visualbert.plan(Params()).objectives["mlm"] == {}
    two = visualbert.plan(Params(change={"second": 1.0}))
    assert two.objectives["mlm"] == {"mismatched": True}
    other = Params(change={"second": 1.0}, objectives={"mlm": {"mismatched": False}})
    assert visualbert.plan(other).objectives["mlm"] == {"mismatched": False}


@pytest.mark.parametrize(
    ("changed", "tasks", "message"),
    [
        ({"facts": True}, {}, "facts would be known of the first alone"),
        ({"positions": "aligned"}, {}, "positions would be"),
        ({}, {"itc": {}}, "belongs would be"),
        ({}, {"mlm": {"unit": "word"}}, "words would be"),
    ],
)
def test_what_is_known_of_one_caption_alone_does_not_go_with_two(changed, tasks, message):
    plan = visualbert.plan(Params(change={"second": 0.5, **changed}, objectives=tasks))
    with pytest.raises(ParamsError, match=message):
        needed(plan)


def test_a_run_learns_from_two_captions(small, project, run_params):
    model = {"size": "tiny", "change": {"streams": "joint 1", "second": 1.0}}
    params = run_params(model=model, steps=3, batch=16)
    parts = (small.snapshot, small.labels, small.network, Path("out"), Path("log"))
    figures = pretrain.main("visualbert", *parts, params)
    assert np.isfinite(figures["last"]["validation/itm/loss"])


def test_the_ledger_knows_whose_caption_followed_and_whether_it_matched(several, words, tmp_path):
    rows, found = np.arange(24), batches(several, words, 1.0)
    pairs, ledger = found.shown(0, rows), Ledger(tmp_path, ["mlm"], Ranks())
    ledger.note(1, 0, several, rows, pairs, {})
    ledger.keep(1)
    seen = Counter(several.uids[row] for row in (*rows, *pairs.seconds))
    told = {row["uid"]: row for row in ledger.table(several).to_pylist()}
    assert {uid: row["seen"] for uid, row in told.items() if row["seen"]} == seen
    wrong = [several.uids[row] for row in rows[~pairs.matched]]
    assert wrong
    assert not any(all(told[uid]["matched"]) for uid in wrong)
