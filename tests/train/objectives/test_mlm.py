import numpy as np
import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertOnlyMLMHead

from tests._rates import assert_rate, many, parts
from train.batches import Batches
from train.objectives import IGNORED, States, mlm, needs, scenegraph
from train.params import Sampling
from train.plan import Plan, Sizes


def made(pairs, words, **params):
    batches = Batches(pairs, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, batches.order(0)[0])
    before = batch.tokens.clone()
    mlm.prepare(batch, words, mlm.Params(**params), 0)
    return batch, before


def test_targets_are_the_words_that_were_there_on_matched_pairs_only(pairs, words):
    batch, before = made(pairs, words, rate=0.5)
    wanted = batch.targets["mlm"] != IGNORED
    assert torch.equal(batch.targets["mlm"][wanted], before[wanted])
    assert wanted.any()
    assert not wanted[~batch.matched].any()
    assert batch.counts["mlm"] == int(wanted.sum())


def test_mismatched_captions_are_masked_too_so_that_a_mask_says_nothing(pairs, words):
    batch, before = made(pairs, words, rate=0.5)
    assert (batch.tokens != before)[~batch.matched].any()


def test_special_tokens_are_never_masked_nor_wanted(pairs, words):
    batch, before = made(pairs, words, rate=1.0, kept=0.0, random=0.0)
    special = ~torch.isin(before, torch.from_numpy(words.ordinary))
    assert torch.equal(batch.tokens[special], before[special])
    assert (batch.tokens[~special] == words.mask).all()
    assert (batch.targets["mlm"][special] == IGNORED).all()


def test_the_head_gives_what_berts_gives_and_looks_at_wanted_places_only():
    plan = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
    head = mlm.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    torch.nn.init.normal_(head.bias)
    theirs = BertOnlyMLMHead(BertConfig(vocab_size=50, hidden_size=8)).predictions
    embedded = torch.randn(50, 8)
    theirs.decoder.weight.data, theirs.decoder.bias.data = embedded, head.bias.data
    theirs.transform.dense.load_state_dict(head.dense.state_dict())
    theirs.transform.LayerNorm.load_state_dict(head.norm.state_dict())
    hidden = torch.randn(2, 5, 8)
    torch.testing.assert_close(head.predict(hidden[0], embedded), theirs(hidden[0]))
    targets = torch.full((2, 5), IGNORED)
    targets[0, 1], targets[1, 4] = 7, 9
    logits = theirs(hidden)
    wanted = torch.nn.functional.cross_entropy(
        logits.reshape(-1, 50), targets.reshape(-1), ignore_index=IGNORED, reduction="sum"
    )
    batch = type("Batch", (), {"targets": {"mlm": targets}})
    states = States(hidden, torch.zeros(2, 4, 8), torch.zeros(2, 4, 6), embedded)
    score = head(states, batch)
    torch.testing.assert_close(score.loss, wanted)
    right = (logits.argmax(-1) == targets).sum()
    assert score.figure == right


@pytest.mark.parametrize("unit", ["word", "phrase"])
def test_words_and_phrases_are_hidden_whole_and_at_the_rate(noted, words, unit):
    corpus = many(noted(*needs({"mlm": {"unit": unit}})), 1200)
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    chosen, number = 0, 0
    for rows in parts(np.arange(len(corpus))):
        batch = batches.make(0, rows)
        units = batch.notes[f"{unit}s"]
        mlm.prepare(batch, words, mlm.Params(rate=0.15, unit=unit), 0)
        wanted = batch.targets["mlm"] != IGNORED
        ordinary = torch.isin(batch.notes["written"], torch.from_numpy(words.ordinary))
        taking = ordinary & batch.matched[:, None]
        assert torch.equal(wanted, wanted.gather(1, units) & taking)
        firsts = taking & (units == torch.arange(units.shape[1]))
        chosen, number = chosen + int((wanted & firsts).sum()), number + int(firsts.sum())
    assert_rate(chosen, number, 0.15)


def test_what_another_task_has_hidden_is_still_the_target(noted, words):
    corpus = noted("graph")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(len(corpus)))
    before = batch.tokens.clone()
    scenegraph.prepare(batch, words, scenegraph.Params(rate=0.9, random=0.5), 0)
    mlm.prepare(batch, words, mlm.Params(rate=0.9), 0)
    for task in ("mlm", "scenegraph"):
        wanted = batch.targets[task] != IGNORED
        assert torch.equal(batch.targets[task][wanted], before[wanted])


def test_words_of_pairs_that_do_not_match_count_where_a_model_says_so(pairs, words):
    batch, _ = made(pairs, words, rate=0.5, mismatched=True)
    assert (batch.targets["mlm"][~batch.matched] != IGNORED).any()


def test_one_word_at_least_is_hidden_where_a_model_says_so(pairs, words):
    batch, _ = made(pairs, words, rate=0.01, mismatched=True, forced=True)
    assert (batch.targets["mlm"] != IGNORED).any(1).all()
