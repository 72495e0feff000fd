import dataclasses
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from train import masking
from train.batches import Batches
from train.model import Model
from train.notes import belongs
from train.objectives import States, itc, needs
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=16, regions=4)


def made(noted, words):
    corpus = noted(*needs({"itc": {}}))
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(24))
    itc.prepare(batch, words, itc.Params(), 0)
    return corpus, batch


def test_chance_is_to_draw_an_own_one_among_all_that_are_right_or_wrong():
    belongs = torch.tensor([[1, 0, -1], [0, 1, 0], [1, 0, 0]])
    assert itc.lots(belongs) == pytest.approx(1 / 2 + 1 / 3 + 1 / 3)
    assert itc.lots(belongs.T) == pytest.approx(2 / 3 + 1 / 3)
    batch = type("Batch", (), {"targets": {"itc": belongs}})
    torch.manual_seed(0)
    drawn = [itc.found(torch.rand(3, 3), belongs)[1].sum() for _ in range(4000)]
    drawn += [itc.found(torch.rand(3, 3), belongs.T)[1].sum() for _ in range(4000)]
    assert sum(drawn).item() / 4000 == pytest.approx(itc.by_lot(batch), abs=0.05)


def states_of(number):
    torch.manual_seed(0)
    sides = torch.randn(number, 3, 8), torch.randn(number, 4, 8)
    shown = torch.ones(number, 4, dtype=torch.bool)
    return States(*sides, torch.zeros(1), torch.zeros(1), alone=sides, shown=shown)


def batch_of(answers):
    regions = torch.ones(len(answers), 4, dtype=torch.bool)
    return type("Batch", (), {"targets": {"itc": answers}, "regions": regions, "notes": {}})


def cosines(head, states):
    captions, pictures = head.vectors(states.alone, torch.ones(6, 4, dtype=torch.bool))
    return captions @ pictures.T


def test_a_caption_belongs_to_every_row_of_its_picture_and_to_no_other(noted, words):
    corpus, batch = made(noted, words)
    rows = np.arange(24)
    marks = corpus.notes[0](rows, rows, 5)
    own = belongs.matrix(marks["said"], marks["shown"])
    same = corpus.image[rows][:, None] == corpus.image[rows][None]
    assert np.array_equal(own.numpy() == 1, same)
    assert (own[~torch.from_numpy(same)] == 0).all()
    sides = [(batch.targets["itc"] == 1).any(side).sum() for side in (0, 1)]
    assert batch.counts["itc"] == sum(map(int, sides)) > 0


def test_pairs_of_one_family_or_wording_are_unclear(noted):
    corpus = noted()
    one, other = 0, int(np.flatnonzero(corpus.image != corpus.image[0])[0])
    family = corpus.family.copy()
    family[other] = family[one]
    rows = np.array([one, other])
    for changed in (
        dataclasses.replace(corpus, family=family),
        dataclasses.replace(corpus, wording=np.zeros_like(corpus.wording)),
    ):
        marks = belongs.read(changed, None, 16, None, None)(rows, rows, 5)
        found = belongs.matrix(marks["said"], marks["shown"])
        assert found.tolist() == [[1, -1], [-1, 1]]


def test_a_picture_that_is_withheld_is_not_there_to_be_found(noted, words):
    corpus = noted("belongs")
    batches = Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, np.arange(24))
    masking.withhold(batch, 0.5, 0)
    itc.prepare(batch, words, itc.Params(), 0)
    assert 0 < batch.withheld.sum() < 24
    assert (batch.targets["itc"][:, batch.withheld] == -1).all()
    assert (batch.targets["itc"][:, ~batch.withheld] == 1).any()


def test_with_one_answer_each_the_loss_is_that_of_clip():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    states = states_of(6)
    logits = cosines(head, states) / 0.07
    wanted = sum(F.cross_entropy(v, torch.arange(6), reduction="sum") for v in (logits, logits.T))
    score = head(states, batch_of(torch.eye(6, dtype=torch.long)))
    torch.testing.assert_close(score.loss, wanted)
    right = [(v.argmax(1) == torch.arange(6)).sum() for v in (logits, logits.T)]
    assert score.figure == sum(right)


def test_what_is_unclear_changes_nothing_and_rows_without_an_answer_do_not_count():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    answers = torch.eye(6, dtype=torch.long)
    answers[0, 3] = answers[3, 0] = -1
    answers[5, 5] = 0
    score = head(states_of(6), batch_of(answers))
    logits = cosines(head, states_of(6)) / 0.07
    logits = logits.masked_fill(answers < 0, -torch.inf)
    by_hand = sum(
        F.cross_entropy(v[:5], torch.arange(5), reduction="sum") for v in (logits, logits.T)
    )
    torch.testing.assert_close(score.loss, by_hand)
    nothing = head(states_of(6), batch_of(torch.zeros_like(answers)))
    assert nothing.loss == nothing.figure == 0
    assert nothing.pairs.tolist() == [[0, 0]] * 6


def test_a_pair_has_the_losses_of_its_caption_and_of_its_picture():
    head = itc.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    answers = torch.eye(6, dtype=torch.long)
    answers[2, 2] = 0
    score = head(states_of(6), batch_of(answers))
    logits, own = cosines(head, states_of(6)) / 0.07, torch.arange(6)
    each = sum(F.cross_entropy(way, own, reduction="none") for way in (logits, logits.T))
    each[2] = 0.0
    torch.testing.assert_close(score.pairs[:, 0], each.detach())
    assert score.pairs[:, 1].tolist() == [2, 2, 0, 2, 2, 2]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [({}, 0.01, math.inf), ({"least": 0.001, "most": 0.5, "start": 0.1}, 0.001, 0.5)],
)
def test_the_temperature_stays_in_its_papers_bounds_and_may_leave_an_end_again(values, low, high):
    plan = dataclasses.replace(PLAN, objectives={"itc": values})
    head = itc.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    assert 1 / head.factor().item() == pytest.approx(values.get("start", 0.07))
    for temperature in (1e-9, 1e9):
        torch.nn.init.constant_(head.scale, -math.log(temperature))
        kept = 1 / head.factor().item()
        assert kept == pytest.approx(min(max(temperature, low), high), rel=1e-4)
        head.zero_grad()
        head.factor().backward()
        assert head.scale.grad > 0


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_no_side_sees_the_other(noted, words, norm):
    corpus, batch = made(noted, words)
    plan = dataclasses.replace(
        PLAN, norm=norm, dropout=0.0, attention_dropout=0.0, objectives={"itc": {}}
    )
    torch.manual_seed(0)
    sizes = Sizes(words.size, corpus.regions.features.shape[-1], 8)
    model = Model("imagebert", plan, sizes).eval()
    text, vision = model.states(batch).alone
    batch.tokens = batch.tokens.roll(1, 0)
    batch.words = batch.words.roll(1, 0)
    assert torch.equal(model.states(batch).alone[1], vision)
    torch.testing.assert_close(model.states(batch).alone[0], text.roll(1, 0))
    assert model(batch)["itc"].loss.isfinite()


def test_a_temperature_has_room_between_its_bounds():
    wrong = dataclasses.replace(PLAN, objectives={"itc": {"least": 0.5, "most": 0.1}})
    with pytest.raises(ParamsError, match=r"at least 0\.5 and at most 0\.1"):
        itc.Head(wrong, Sizes(50, 6, 4))
