import numpy as np
import pytest
import torch

from train.batches import Batches
from train.objectives import States, attributes
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
SIZES = Sizes(vocabulary=50, features=6, classes=4)


def made(noted, words, **params):
    corpus = noted("attributes")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(len(corpus)))
    attributes.prepare(batch, words, attributes.Params(**params), 0)
    return batch


def test_hidden_regions_that_have_attributes_are_the_targets(noted, words):
    batch = made(noted, words, rate=1.0, kept=0.0)
    known = (batch.notes["attributed"] > 0).any(-1)
    assert torch.equal(batch.targets["attributes"], known & batch.matched[:, None])
    assert batch.counts["attributes"] == int(batch.targets["attributes"].sum()) > 0
    some = made(noted, words, rate=0.3, kept=0.0)
    assert (some.hidden | ~some.targets["attributes"]).all()
    every = made(noted, words, rate=0.3, over="all", mismatched=True)
    assert torch.equal(every.targets["attributes"], known)


@pytest.mark.parametrize("sure", [False, True])
def test_the_loss_is_the_mean_cross_entropy_of_a_regions_words(sure):
    plan = Plan(**{**vars(PLAN), "objectives": {"attributes": {"sure": sure}}})
    torch.manual_seed(0)
    head, vision, words = attributes.Head(plan, SIZES), torch.randn(2, 4, 8), torch.randn(50, 8)
    wanted = torch.zeros(2, 4, dtype=torch.bool)
    wanted[0, 1] = wanted[1, 3] = True
    batch = type("Batch", (), {"targets": {"attributes": wanted}, "notes": {
        "attributes": torch.full((2, 4, 2), 7), "attributed": torch.zeros(2, 4, 2)}})  # fmt: skip
    batch.notes["attributes"][1, 3] = torch.tensor([9, 11])
    batch.notes["attributed"][0, 1, 0] = 0.5
    batch.notes["attributed"][1, 3] = torch.tensor([0.25, 0.75])
    score = head(States(torch.zeros(2, 3, 8), vision, torch.zeros(2, 4, 6), words), batch)
    guess = head.predict(vision, words).log_softmax(-1)
    first, second = -guess[0, 1, 7], -(guess[1, 3, 9] + guess[1, 3, 11]) / 2
    weights = (0.5, 0.75) if sure else (1.0, 1.0)
    torch.testing.assert_close(score.loss, weights[0] * first + weights[1] * second)
    right = int(guess[0, 1].argmax() == 7) + int(guess[1, 3].argmax() in (9, 11))
    assert score.figure == right
