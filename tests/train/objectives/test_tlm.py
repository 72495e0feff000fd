import dataclasses

import numpy as np
import pytest
import torch

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from tests._rates import assert_rate, many, parts
from train import pretrain, translations
from train.batches import Batches
from train.model import make
from train.models import clip, uniter
from train.objectives import IGNORED, mlm, tlm
from train.params import Sampling
from train.recipe import Params

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)


def made(corpus, words, rows=None, **params):
    given = tlm.Params(**params)
    further = translations.Translations(corpus, np.ones(len(corpus), bool), given.share, 0)
    batches = Batches(corpus, words, 24, 0, EVERY, translations=further)
    batch = batches.make(0, np.arange(len(corpus)) if rows is None else rows, both=True)
    before = batch.tokens.clone()
    mlm.prepare(batch, words, mlm.Params(rate=given.rate), 0)
    single = batch.tokens.clone()
    tlm.prepare(batch, words, given, 0)
    return batch, before, single


def test_words_of_both_languages_are_hidden_at_the_rate_80_10_10_within_three_sigma(pairs, words):
    corpus = many(pairs, 500)
    ordinary = torch.from_numpy(words.ordinary)
    for rate in (0.15, 1.0):  # of all words it is told what becomes of the hidden ones
        sums = np.zeros((2, 4), int)
        for rows in parts(np.arange(len(corpus)), 10_000):
            batch, before, _ = made(corpus, words, rows, rate=rate, share=1.0)
            later = torch.arange(before.shape[1]) >= batch.second.begin[:, None]
            there = torch.isin(before, ordinary)
            wanted = batch.targets["tlm"] != IGNORED
            masked = batch.tokens == words.mask
            for side, part in enumerate((there & ~later, there & later)):
                hidden = wanted & part
                stayed = hidden & (batch.tokens == before)
                counts = (part, hidden, hidden & masked, stayed)
                sums[side] += [int(count.sum()) for count in counts]
        for number, hidden, masked, stayed in sums:
            if rate < 1:
                assert_rate(hidden, number, rate)
            else:
                assert hidden == number
                assert_rate(masked, hidden, 0.8)
                assert_rate(stayed, hidden, 0.1 + 0.1 / len(words.ordinary))


def test_pairs_in_two_languages_are_this_tasks_and_the_others_are_masked_language_modellings(
    pairs, words
):
    batch, before, single = made(pairs, words, rate=0.5)
    told = batch.twice
    assert 0 < told.sum() < len(told)
    assert torch.equal(single[told], before[told])
    assert (single != before)[~told].any()
    assert torch.equal(batch.tokens[~told], single[~told])
    for task, own in (("tlm", told), ("mlm", ~told & batch.matched)):
        wanted = batch.targets[task] != IGNORED
        assert wanted[own].any()
        assert not wanted[~own].any()
        assert torch.equal(batch.targets[task][wanted], before[wanted])
        assert batch.counts[task] == int(wanted.sum())


@pytest.mark.parametrize("unit", ["word", "phrase"])
def test_words_and_phrases_of_both_languages_are_hidden_whole(noted, words, unit):
    corpus = noted(f"{unit}s")
    batch, before, _ = made(corpus, words, rate=0.3, unit=unit, share=1.0)
    wanted = batch.targets["tlm"] != IGNORED
    ordinary = torch.isin(before, torch.from_numpy(words.ordinary))
    assert torch.equal(wanted, wanted.gather(1, batch.notes[f"{unit}s"]) & ordinary)
    later = torch.arange(before.shape[1]) >= batch.second.begin[:, None]
    assert (wanted & later).any()
    assert (wanted & ~later).any()


def test_without_a_pair_in_two_languages_a_batch_is_what_it_is_without_the_task(pairs, words):
    english = np.flatnonzero(pairs.languages == "en")
    alone = dataclasses.replace(pairs, languages=np.full(len(pairs), "en"))
    batch, before, single = made(alone, words, rows=english)
    assert batch.second is None
    assert torch.equal(batch.tokens, single)
    assert batch.counts["tlm"] == 0
    plain = Batches(alone, words, 24, 0, EVERY).make(0, english)
    assert torch.equal(plain.tokens, before)


def test_where_a_step_has_one_task_this_one_goes_with_masked_language_modelling():
    plan = uniter.plan(Params(objectives={"tlm": {}}))
    assert plan.mix == {"mlm + tlm": 2.0, "itm + wra": 2.0, "mrfr": 1.0, "mrckl": 1.0}
    own = {"mix": {"mlm": 1.0, "tlm": 2.0, "itm + wra": 1.0, "mrfr": 1.0, "mrckl": 1.0}}
    assert uniter.plan(Params(objectives={"tlm": {}}, change=own)).mix == own["mix"]


def test_towers_that_read_no_masked_words_refuse_it():
    plan = clip.plan(Params(objectives={"tlm": {}}))
    with pytest.raises(ParamsError, match=r"contrast .* alone, not tlm"):
        make("clip", plan, peers.SIZES)


def test_a_run_without_two_languages_ends_before_it_begins(small, project, run_params):
    model = {**run_params().model, "objectives": {"tlm": {}}}
    params = run_params(model=model, sampling=Sampling(languages={"en": 1.0}))
    parts = (small.snapshot, small.labels, small.network, project / "out", project / "log")
    with pytest.raises(ParamsError, match=r"no picture of the training split.*30 in en"):
        pretrain.main("imagebert", *parts, params)


def test_a_hidden_word_is_told_better_by_the_other_language_than_without_it(
    small, project, run_params
):
    given = {"rate": 0.3, "kept": 0.0, "random": 0.0}
    tasks = {"mlm": given, "tlm": given, "moc": None, "mrfr": None, "itm": None}
    params = run_params(
        model={**run_params().model, "objectives": tasks},
        sampling=Sampling(languages={"other": 1.0}),
        steps=300,
        batch=16,
        rate=3e-3,
        validate=300,
        validation_pairs=12,
        checkpoint=0,
    )
    parts = (small.snapshot, small.labels, small.network, project / "out", project / "log")
    found = pretrain.main("imagebert", *parts, params)["last"]
    assert found["validation/tlm/accuracy"] > found["validation/mlm/accuracy"] + 0.1
