import math

import pytest
import torch
from torch.nn import functional as F

from train.batches import Batches
from train.corpus import load
from train.objectives import IGNORED, States, moc, mrckl, needs
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)


@pytest.fixture(scope="session")
def soft(small, words):
    """The training split, with the probabilities of the regions' classes."""
    wanted = needs({"mrckl": {}})
    return load(small.snapshot, small.labels, "train", words, 16, 4, needs=wanted)


def made(corpus, words, **params):
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, batches.order(0)[0])
    mrckl.prepare(batch, words, mrckl.Params(**params), 0)
    return batch


def test_the_divergence_is_the_whole_distributions_where_all_classes_are_named():
    torch.manual_seed(0)
    logits, truth = torch.randn(5, 7), torch.randn(5, 7).softmax(-1)
    chances, classes = truth.sort(-1, descending=True)
    wanted = F.kl_div(logits.log_softmax(-1), truth, reduction="none").sum(-1)
    torch.testing.assert_close(mrckl.divergence(logits, classes, chances), wanted)


def test_classes_that_are_not_named_count_as_one():
    torch.manual_seed(1)
    logits, truth = torch.randn(5, 7), torch.randn(5, 7).softmax(-1)
    chances, classes = (v[:, :3] for v in truth.sort(-1, descending=True))
    guess = logits.softmax(-1)
    merged = [
        torch.cat([p.gather(-1, classes), 1 - p.gather(-1, classes).sum(-1, keepdim=True)], -1)
        for p in (guess, truth)
    ]
    wanted = F.kl_div(merged[0].log(), merged[1], reduction="none").sum(-1)
    torch.testing.assert_close(mrckl.divergence(logits, classes, chances), wanted)
    exact = torch.where(torch.isin(torch.arange(7), classes[0]), logits[0], -30.0)[None]
    assert mrckl.divergence(exact, classes[:1], chances[:1]).isfinite()


def test_a_region_of_fewer_known_classes_takes_nothing_from_its_others():
    guess = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]])
    classes = torch.tensor([[2, 1], [3, -1]])  # class 0 is known of neither
    chances = torch.tensor([[0.5, 0.25], [0.75, 0.0]])
    first = 0.5 * math.log(0.5 / 0.3) + 0.25 * math.log(0.25 / 0.2) + 0.25 * math.log(0.25 / 0.5)
    second = 0.75 * math.log(0.75 / 0.4) + 0.25 * math.log(0.25 / 0.6)
    found = mrckl.divergence(guess.log(), classes, chances)
    assert found.tolist() == pytest.approx([first, second], rel=1e-5)
    alone = mrckl.divergence(guess[1:].log(), classes[1:, :1], chances[1:, :1])
    assert found[1] == alone[0]


def test_one_sure_class_gives_cross_entropy_and_gradients_that_are_finite():
    logits = torch.randn(4, 3, requires_grad=True)
    classes = torch.tensor([[0, 1, 2]] * 4)
    chances = torch.tensor([[1.0, 0, 0]] * 4)
    loss = mrckl.divergence(logits, classes, chances)
    torch.testing.assert_close(
        loss, F.cross_entropy(logits, torch.zeros(4, dtype=torch.long), reduction="none")
    )
    loss.sum().backward()
    assert logits.grad.isfinite().all()


def test_probabilities_stand_beside_the_regions_whose_likeliest_class_is_the_label(soft, words):
    batch = made(soft, words)
    assert torch.equal(
        batch.notes["soft_labels"][..., 0][batch.regions], batch.labels[batch.regions]
    )
    assert (batch.notes["chances"][batch.regions].sum(-1) > 0.99).all()


def test_it_chooses_the_regions_that_object_classification_chooses(soft, words):
    batch = made(soft, words, rate=0.5)
    wanted = batch.targets["mrckl"].clone()
    assert torch.equal(batch.hidden & batch.matched[:, None], wanted)
    moc.prepare(batch, words, moc.Params(rate=0.5), 0)
    assert torch.equal(batch.targets["moc"] != IGNORED, wanted)
    assert batch.counts["mrckl"] == int(wanted.sum()) > 0


def test_the_head_scores_the_targets_alone_and_no_target_is_no_nan(soft, words):
    batch = made(soft, words, rate=0.5)
    head = mrckl.Head(PLAN, Sizes(vocabulary=50, features=6, classes=8))
    vision = torch.randn(24, 4, 8)
    states = States(torch.zeros(24, 3, 8), vision, vision, torch.zeros(50, 8))
    score = head(states, batch)
    wanted = batch.targets["mrckl"]
    by_hand = F.cross_entropy(head.classes(vision[wanted]), batch.labels[wanted], reduction="sum")
    torch.testing.assert_close(score.loss, by_hand)  # a codebook is sure of one class
    assert score.figure == (head.classes(vision).argmax(-1) == batch.labels)[wanted].sum()
    batch.targets["mrckl"] = torch.zeros_like(wanted)
    assert head(states, batch).loss == 0


def test_the_code_of_uniter_divides_by_the_classes(soft, words):
    batch = made(soft, words, rate=0.5)
    states = States(torch.zeros(24, 3, 8), torch.randn(24, 4, 8), batch.features, torch.zeros(9, 8))
    losses = []
    for per_class in (False, True):
        plan = Plan(**{**vars(PLAN), "objectives": {"mrckl": {"per_class": per_class}}})
        torch.manual_seed(0)
        losses.append(
            mrckl.Head(plan, Sizes(vocabulary=9, features=6, classes=8))(states, batch).loss
        )
    torch.testing.assert_close(losses[0], 8 * losses[1])


def test_the_best_that_is_said_of_all_regions_is_their_mean_where_all_classes_are_named():
    torch.manual_seed(2)
    truth = torch.randn(9, 6).softmax(-1)
    chances, classes = truth.sort(-1, descending=True)
    torch.testing.assert_close(mrckl.commonest(classes, chances, 6), truth.mean(0))


def test_no_other_distribution_is_nearer_to_regions_of_which_few_classes_are_named():
    torch.manual_seed(3)
    truth = (2 * torch.randn(40, 8)).softmax(-1)
    chances, classes = (v[:, :3] for v in truth.sort(-1, descending=True))
    classes[:4, 2], chances[:4, 2] = -1, 0.0  # of some fewer are known

    def loss(logits):
        return mrckl.divergence(logits.expand(40, -1), classes, chances).mean()

    found = mrckl.commonest(classes, chances, 8).log()
    logits = torch.zeros(8, requires_grad=True)
    descent = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def step():
        descent.zero_grad()
        value = loss(logits)
        value.backward()
        return value

    descent.step(step)
    assert loss(found).item() == pytest.approx(loss(logits).item(), abs=1e-4)
    assert loss(found) < loss(torch.zeros(8)) - 0.01
