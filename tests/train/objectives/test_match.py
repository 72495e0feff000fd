"""Captions and pictures that find each other: what is drawn against a pair, and three losses."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.stage.params import build
from tests._learning import learnt
from tests._rates import assert_rate
from train import draws
from train.batch import collate
from train.begin import begin
from train.model import save
from train.notes import belongs, looks
from train.objectives import match

ROWS = np.arange(0, 16, 2)  # English captions of eight pictures


@pytest.fixture
def ready(pairs, words):
    """Makes a batch of some rows; parameters, and the epoch, may be given."""
    notes = tuple(note.read(pairs, words, 16, None, None) for note in (belongs, looks))
    noted = dataclasses.replace(pairs, notes=notes)

    def make(rows=ROWS, epoch=0, **params):
        batch = collate(noted, rows, rows, rows >= 0, words)
        match.prepare(batch, words, build(match.Params, params, "match"), 0, epoch)
        return batch

    return make


@pytest.fixture
def tuned(make_model):
    """Makes a model that learns to match alone."""
    none = {"mlm": None, "moc": None, "mrfr": None, "itm": None}
    return lambda **params: make_model(objectives={"match": params, **none})


def test_each_pair_is_followed_by_its_caption_and_its_picture_among_wrong_ones(ready, pairs):
    batch = ready(negatives=3)
    size = len(ROWS)
    of, place = batch.notes["match_of"], batch.notes["match_place"]
    assert len(batch.tokens) == len(batch.features) == size * 7
    assert of[:size].tolist() == list(range(size))
    assert torch.equal(batch.targets["match"], (place == 0).float())
    assert torch.equal(batch.matched, place == 0)
    shown = torch.from_numpy(pairs.regions.features[pairs.image[ROWS]]).float()
    for row in range(size, len(of)):
        own = int(of[row])
        same_text = torch.equal(batch.tokens[row], batch.tokens[own])
        same_picture = torch.equal(batch.features[row], shown[own])
        assert (same_text, same_picture) == ((True, False) if place[row] <= 3 else (False, True))
    for own in range(size):
        assert sorted(place[of == own].tolist()) == list(range(7))
    assert match.by_lot(batch) == pytest.approx(size / 7)
    assert batch.counts["match"] == size


def test_a_picture_of_the_same_content_or_wording_is_never_wrong(ready, pairs):
    twice = np.array([0, 0, 2, 4])
    batch = ready(twice, negatives=3)
    of, place = batch.notes["match_of"], batch.notes["match_place"]
    assert place[of == 0].tolist() == [0, 1, 2, 4, 5]
    assert place[of == 2].tolist() == [0, 1, 2, 3, 4, 5, 6]
    alone = ready(np.array([0, 0]), negatives=3)
    assert len(alone.tokens) == 2
    assert match.by_lot(alone) == 2


def test_of_what_is_wrong_the_most_alike_come_first_and_then_the_lot(ready):
    alike = torch.tensor([[1.0, 0.9, 0.2, 0.8, 0.1]])
    wrong = torch.tensor([[False, True, True, True, True]])
    lot = torch.tensor([[0.9, 0.1, 0.7, 0.2, 0.8]])

    def drawn(most, hard):
        rows, slots, columns = match.drawn(alike, wrong, lot, most, hard)
        assert rows.tolist() == [0] * len(slots)
        assert slots.tolist() == list(range(len(slots)))
        return columns.tolist()

    assert drawn(2, 1.0) == [1, 3]
    assert drawn(2, 0.0) == [4, 2]
    assert drawn(2, 0.5) == [1, 4]
    assert drawn(9, 0.0) == [4, 2, 3, 1]


def test_by_lot_each_wrong_one_is_drawn_as_often_and_the_most_alike_is_always():
    number = 12_500
    counts = {hard: torch.zeros(8, 8) for hard in (0.0, 0.5)}
    alike = torch.eye(8).roll(1, 1)  # to each the next is the most alike
    lots = torch.from_numpy(draws.uniform(np.arange(8 * number, dtype=np.uint64), 8, "match", 0))
    wrong = ~torch.eye(8, dtype=torch.bool)
    for hard, found in counts.items():
        each = match.drawn(alike.repeat(number, 1), wrong.repeat(number, 1), lots, 2, hard)
        rows, _, columns = each
        found.view(-1).index_add_(0, rows % 8 * 8 + columns, torch.ones(len(rows)))
    for step in range(1, 8):
        drawn = counts[0.0].diagonal(step).sum() + counts[0.0].diagonal(step - 8).sum()
        assert_rate(drawn, 8 * number, 2 / 7)
        drawn = counts[0.5].diagonal(step).sum() + counts[0.5].diagonal(step - 8).sum()
        if step == 1:
            assert drawn == 8 * number
        else:
            assert_rate(drawn, 8 * number, 1 / 6)


def test_what_is_drawn_is_fixed_by_seed_and_epoch(ready):
    first, again, later = (ready(epoch=epoch, hard=0.0) for epoch in (0, 0, 1))
    assert torch.equal(first.tokens, again.tokens)
    assert torch.equal(first.features, again.features)
    assert not torch.equal(first.features, later.features)


def each_of(model, batch):
    """The logits of each pair's readings, its own first, `(B, 5)`."""
    logits = model.heads["match"].match(model.states(batch).pooled).squeeze(1)
    of, place = batch.notes["match_of"], batch.notes["match_place"]
    return torch.stack([logits[of == own][place[of == own].argsort()] for own in range(len(ROWS))])


def test_the_losses_are_those_that_imagebert_compares(ready, tuned):
    told = {}
    for loss in ("binary", "multiclass", "triplet"):
        model, batch = tuned(loss=loss).eval(), ready()
        told[loss] = score = model(batch)["match"]
        each = each_of(model, batch)
        assert score.figure == sum(int(row[0] > row[1:].max()) for row in each)
        assert torch.allclose(score.pairs[:, 0].sum(), score.loss.detach())
        assert score.pairs[:, 1].tolist() == [1] * len(ROWS)
    wanted = torch.zeros_like(each)
    wanted[:, 0] = 1
    judged = F.binary_cross_entropy_with_logits(each, wanted, reduction="none")
    assert torch.allclose(told["binary"].loss, judged.mean(1).sum())
    first = torch.zeros(len(ROWS), dtype=torch.long)
    assert torch.allclose(told["multiclass"].loss, F.cross_entropy(each, first, reduction="sum"))
    chance = each.detach().sigmoid()
    expected = sum(
        max(0.0, 0.2 + float(row[1:3].max()) - float(row[0]))
        + max(0.0, 0.2 + float(row[3:].max()) - float(row[0]))
        for row in chance
    )
    assert told["triplet"].loss.item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("loss", ["binary", "multiclass", "triplet"])
def test_a_pair_without_a_wrong_one_is_learnt_as_it_is_or_not_at_all(ready, tuned, loss):
    model, batch = tuned(loss=loss).eval(), ready(np.array([0, 0]))
    score = model(batch)["match"]
    logits = model.heads["match"].logits(model.states(batch))
    own = F.softplus(-logits).sum() if loss == "binary" else torch.zeros(())
    assert torch.allclose(score.loss, own, atol=1e-6)
    score.loss.backward()
    assert all(torch.isfinite(w.grad).all() for w in model.parameters() if w.grad is not None)


def test_pairs_are_learnt(ready, make_model, pairs):
    none = {"mlm": None, "moc": None, "mrfr": None, "itm": None}
    model = make_model(objectives={"match": {"loss": "multiclass"}, **none}, dropout=0.0)
    batch = ready(np.flatnonzero(pairs.languages == "en")[:2])
    score = learnt(model, batch, "match", 80, 1e-3)
    assert score.figure == 2
    assert score.loss < 0.5  # 2.2 by lot


def test_its_head_is_that_of_a_pretrained_model(make_model, tuned, words, tmp_path):
    before, model = make_model(), tuned()
    with torch.no_grad():
        before.heads["itm"].match.weight.fill_(0.25)
    save(before, tmp_path / "before")
    assert begin(model, tmp_path / "before") == ["layers", "match"]
    assert (model.heads["match"].match.weight == 0.25).all()
    with torch.no_grad():
        model.heads["match"].match.weight.fill_(0.5)
    save(model, tmp_path / "tuned")
    again = tuned()
    assert begin(again, tmp_path / "tuned") == ["layers", "match"]
    assert (again.heads["match"].match.weight == 0.5).all()


def test_a_loss_that_there_is_not_is_named():
    with pytest.raises(ParamsError, match=r"match\.loss"):
        build(match.Params, {"loss": "softmax"}, "match")
