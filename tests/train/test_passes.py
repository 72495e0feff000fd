import torch

from tests import _peers as peers
from train import passes


def test_captions_and_pictures_are_crossed_as_masked_as_they_are():
    batch = peers.batch()
    batch.hidden = torch.rand(batch.hidden.shape) < 0.5
    texts, images = torch.tensor([0, 2]), torch.tensor([1, 0])
    found = passes.crossed(batch, texts, images)
    assert torch.equal(found.tokens, batch.tokens[texts])
    assert torch.equal(found.features, batch.features[images])
    assert torch.equal(found.hidden, batch.hidden[images])


def test_another_text_has_the_whole_picture_of_its_row():
    batch = peers.batch()
    batch.notes["true_features"] = batch.features + 1  # some were another picture's
    batch.hidden = torch.ones_like(batch.hidden)
    rows, tokens = torch.tensor([2, 2, 0]), torch.full((3, 4), 7)
    found = passes.retold(batch, rows, tokens, tokens > 0)
    assert torch.equal(found.tokens, tokens)
    assert torch.equal(found.features, batch.features[rows] + 1)
    assert not found.hidden.any()
    assert found.notes == {}


def test_without_alignments_a_batch_stays_itself():
    batch = peers.batch()
    assert passes.unaligned(batch) is batch
    batch.notes["stands_at"] = torch.ones(1)
    batch.notes["facts"] = torch.ones(1)
    assert set(passes.unaligned(batch).notes) == {"facts"}
    assert "stands_at" in batch.notes
