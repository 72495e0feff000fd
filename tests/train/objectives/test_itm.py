import numpy as np
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from tests._rates import assert_rate
from train import examine
from train.batch import collate
from train.batches import Batches
from train.objectives import States, itm
from train.params import Sampling
from train.plan import Plan, Sizes


def test_one_means_a_match_always(pairs, words):
    batches = Batches(pairs, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, batches.order(0)[0])
    itm.prepare(batch, words, itm.Params(), 0)
    assert torch.equal(batch.targets["itm"] == 1.0, batch.matched)
    assert set(batch.targets["itm"].tolist()) == {0.0, 1.0}
    assert batch.counts["itm"] == 24


def test_a_higher_logit_of_cls_means_a_better_match():
    plan = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
    head = itm.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    text = torch.randn(4, 3, 8)
    states = States(
        text, torch.zeros(4, 4, 8), torch.zeros(4, 4, 6), torch.zeros(50, 8), text[:, 0]
    )
    logits = head.logits(states)
    torch.testing.assert_close(logits, head.match(text[:, 0])[:, 0])
    good = type("Batch", (), {"targets": {"itm": (logits > 0).float()}})
    bad = type("Batch", (), {"targets": {"itm": (logits <= 0).float()}})
    assert head(states, good).figure == 4
    assert head(states, bad).figure == 0
    assert head(states, good).loss < head(states, bad).loss


HARD = {"mlm": None, "moc": None, "mrfr": None, "itm": {"hard": True}, "itc": {}}


def mixed_batch(noted, words, model, *needs):
    corpus = noted("belongs", *needs)
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    rows = batches.order(0)[0]
    todo = examine.tasks(model.plan.objectives)
    return corpus, batches, rows, examine.ready(batches, rows, model.plan, todo, words, 0, 0)


def test_mixed_pairs_are_drawn_as_alike_as_they_are_and_only_where_they_may():
    own, times = 200, 500  # 100k draws of each side
    alike = torch.tensor([2.0, 1.0, 0.0])
    similarity = torch.full((own + 3, own + 3), 9.0)
    similarity[:, :3], similarity[:3, :] = alike, alike[:, None]
    mixable = torch.zeros(2, own + 3, own + 3, dtype=torch.bool)
    mixable[:, 3:, :3] = True  # the last 200 with any of the first three
    dice, drawn = torch.Generator().manual_seed(0), torch.zeros(2, own + 3)
    for _ in range(times):
        chance = torch.rand(own + 3, 2, generator=dice).double()
        texts, pictures = itm.mixed(similarity, mixable, chance)
        assert torch.equal(
            torch.cat([texts[:own], pictures[own:]]), torch.arange(own).repeat(2) + 3
        )
        drawn[0] += torch.bincount(pictures[:own], minlength=own + 3)
        drawn[1] += torch.bincount(texts[own:], minlength=own + 3)
    assert (drawn[:, 3:] == 0).all()
    for side in drawn:
        for count, share in zip(side, alike.softmax(0), strict=False):
            assert_rate(count, own * times, share)


def test_mixed_pairs_never_belong_together_and_are_counted(noted, words, make_model):
    model = make_model(objectives=HARD).eval()
    corpus, batches, rows, batch = mixed_batch(noted, words, model)
    texts, pictures, matched = batches.mismatch(0, rows)
    chance = batch.notes["mixed_by"]
    said, shown = itm.mixed(torch.zeros(24, 24), batch.notes["mixable"], chance)
    text, image = texts[said.numpy()], pictures[shown.numpy()]
    assert (corpus.image[text] != corpus.image[image]).all()
    assert not corpus.related(text, image).any()
    assert set(said.tolist()) | set(shown.tolist()) <= set(range(24))
    half = int(matched.sum())
    assert set(said[:half].tolist()) == set(shown[half:].tolist())
    assert batch.counts["itm"] == 24 + len(said) == 24 + 2 * half
    states = model.states(batch)
    score = model.heads["itm"](states, batch)
    wrong = F.softplus(model.heads["itm"].match(states.mixed)).sum()
    plain = model.heads["itm"](states._replace(mixed=None), batch)
    torch.testing.assert_close(score.loss, plain.loss + wrong)
    assert score.figure <= batch.counts["itm"]


@pytest.mark.parametrize("needs", [(), ("facts", "entities")])
def test_a_mixed_pair_is_read_as_that_caption_with_that_picture(noted, words, make_model, needs):
    knows = dict.fromkeys(needs, True)
    model = make_model(objectives=HARD, **knows).eval()
    corpus, batches, rows, batch = mixed_batch(noted, words, model, *needs)
    texts, pictures, _ = batches.mismatch(0, rows)
    with torch.no_grad():
        found = model.heads["itm"].match(model.states(batch).mixed)[:, 0]
        captions, images = model.vectors(batch)
        alike = captions @ images.T * model.heads["itc"].factor()
        said, shown = itm.mixed(alike, batch.notes["mixable"], batch.notes["mixed_by"])
        pairs = texts[said.numpy()], pictures[shown.numpy()]
        by_itself = model.match(collate(corpus, *pairs, np.zeros(len(said), bool), words))
    torch.testing.assert_close(found, by_itself, atol=1e-5, rtol=1e-4)


def test_mixed_pairs_need_contrast_to_be_drawn_by(make_model):
    with pytest.raises(ParamsError, match=r"add it \(`objectives: \{itc: \{\}\}`\)"):
        make_model(objectives={"itm": {"hard": True}})
