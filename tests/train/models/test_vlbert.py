import numpy as np
import pytest
import torch

from curate.dataset.errors import ParamsError
from tests import _peers as peers
from tests._rates import assert_rate, many, parts
from train import examine, masking
from train.batches import Batches
from train.boxes import waves
from train.model import Model
from train.models import vlbert
from train.objectives import IGNORED, needs
from train.params import Sampling


@torch.no_grad()
def test_states_and_losses_are_berts_over_the_papers_embedding_sum():
    ours, some = peers.small(vlbert, "joint 2"), peers.batch()
    text, see, shown = ours.text, ours.vision, some.regions & ~some.hidden
    features = peers.shown(some) * some.regions[..., None]
    whole = features.sum(1, keepdim=True) / shown.sum(1)[:, None, None]
    features = torch.where(some.hidden[..., None], see.mask, features)
    boxes = torch.cat([torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(4, 1, 4), some.boxes], 1)
    content = see.feature(torch.cat([waves(boxes), torch.cat([whole, features], 1)], -1)).relu()
    said = peers.words(ours, some) + see.picture_norm(content[:, :1])
    place = text.position.weight[some.words.sum(1)][:, None] + see.segment
    end = text.position.weight[some.words.sum(1) + 1][:, None] + see.segment + see.end
    seen = torch.cat([see.content_norm(content) + see.region + place, end], 1)
    one = torch.ones(4, 1, dtype=torch.bool)
    there = torch.cat([some.words, one, some.regions, one], 1)
    peers.assert_bert(ours, peers.bert(ours), some, torch.cat([said, seen], 1), there)


def test_the_whole_picture_on_the_words_cannot_tell_what_a_hidden_region_held():
    ours, some = peers.small(vlbert, "joint 1"), peers.batch()
    before = ours.states(some).text
    some.features[2, 1] = 100.0
    assert torch.equal(ours.states(some).text, before)


@torch.no_grad()
def test_words_are_berts_own_until_the_picture_is_learnt():
    fresh, some = Model("vlbert", vlbert.plan(vlbert.Params()), peers.SIZES), peers.batch()
    fresh.fresh()
    fresh.eval()
    words, seen, _ = fresh.vision.embed(fresh.text, some)
    assert torch.equal(words, fresh.text(some.tokens))
    assert torch.equal(seen[:, 0], seen[:, 1])
    fresh.vision.picture_norm.weight += 1.0
    assert not torch.isclose(fresh.vision.embed(fresh.text, some)[0], words).all(-1).any()


def test_the_longest_caption_has_places_after_it():
    ours, some = peers.small(vlbert, "joint 1", text_tokens=7), peers.batch()
    assert torch.isfinite(ours.states(some).vision).all()


def test_matching_without_its_task_is_answered_with_how_to_add_it():
    with pytest.raises(ParamsError, match=r"vlbert has no task itm.*objectives: \{itm"):
        peers.small(vlbert, "joint 1").match(peers.batch())


def test_a_caption_without_its_picture_is_read_as_text_alone():
    ours, some = peers.small(vlbert, "joint 2"), peers.batch()
    masking.withhold(some, 1.0, 0)
    before = ours.states(some).text
    some.features, some.boxes = some.features + 5.0, some.boxes / 2
    assert torch.equal(ours.states(some).text, before)
    ours.vision.no_picture.data += torch.randn_like(ours.vision.no_picture)
    assert not torch.isclose(ours.states(some).text, before).all(-1).any()


def test_half_of_a_batch_is_text_alone_whose_words_are_learnt_and_which_matches_nothing(
    noted, words
):
    plan = vlbert.plan(vlbert.Params(objectives={"itm": {}}))
    corpus = many(noted(*needs(plan.objectives)), 1700)
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    todo, shown, lone = examine.tasks(plan.objectives), 0, 0
    for rows in parts(np.arange(len(corpus)), 10_000):
        batch = examine.ready(batches, rows, plan, todo, words, 0, 0)
        alone = batch.withheld
        shown, lone = shown + len(alone), lone + int(alone.sum())
        assert (batch.targets["mlm"][alone] != IGNORED).any()
        assert not batch.targets["mrckl"][alone].any()
        assert (batch.targets["itm"][alone] == -1).all()
        assert batch.counts["itm"] == int((~alone).sum())
    assert_rate(lone, shown, 0.5)


def test_words_are_hidden_whole_and_there_is_no_matching_in_the_paper():
    tasks = vlbert.plan(vlbert.Params()).objectives
    assert set(tasks) == {"mlm", "mrckl"}
    assert tasks["mlm"]["unit"] == "word"
    assert tasks["mrckl"]["kept"] == 0.1
