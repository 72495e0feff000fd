import torch

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
