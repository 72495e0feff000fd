import torch

from train.batches import Batches
from train.objectives import IGNORED, moc, mrfr
from train.params import Sampling


def made(pairs, words, **params):
    batches = Batches(pairs, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    batch = batches.make(0, batches.order(0)[0])
    moc.prepare(batch, words, moc.Params(**params), 0)
    return batch


def test_targets_are_the_pseudo_labels_of_chosen_regions_of_matched_pairs(pairs, words):
    batch = made(pairs, words, rate=0.5)
    wanted = batch.targets["moc"] != IGNORED
    assert torch.equal(batch.targets["moc"][wanted], batch.labels[wanted])
    assert wanted.any()
    assert not wanted[~batch.matched].any()
    assert batch.counts["moc"] == int(wanted.sum())


def test_mismatched_pictures_are_masked_too(pairs, words):
    batch = made(pairs, words, rate=0.5)
    assert batch.hidden[~batch.matched].any()


def test_features_alone_are_hidden_and_labels_stay_as_they_are(pairs, words):
    batch = made(pairs, words, rate=1.0, kept=0.0)
    assert torch.equal(batch.hidden, batch.regions)
    assert torch.equal(batch.targets["moc"][batch.matched], batch.labels[batch.matched])


def test_the_label_cannot_be_read_off_a_hidden_region(pairs, words, make_model):
    batch = made(pairs, words, rate=0.5, kept=0.0)
    model = make_model(dropout=0.0).eval()
    before = model.states(batch).vision
    batch.features = torch.where(batch.hidden[..., None], batch.features + 50.0, batch.features)
    assert torch.equal(before, model.states(batch).vision)


def test_feature_regression_shares_the_choice_and_leaves_out_what_was_not_zeroed(pairs, words):
    batch = made(pairs, words, rate=0.6, kept=0.4)
    zeroed = batch.hidden.clone()
    mrfr.prepare(batch, words, mrfr.Params(rate=0.6, kept=0.4), 0)
    assert torch.equal(batch.hidden, zeroed)
    assert torch.equal(batch.targets["mrfr"], zeroed & batch.matched[:, None])
    chosen = batch.targets["moc"] != IGNORED
    assert int(chosen.sum()) > batch.counts["mrfr"] > 0
