import dataclasses

import numpy as np
import pytest
import torch

from tests._rates import assert_rate
from tests._speech import batch_of
from train import spec_augment
from train.batches import Batches
from train.params import Sampling


@pytest.fixture
def batch(listened, words):
    corpus = listened("belongs")
    return Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0})).make(
        0, np.arange(len(corpus)), wrong=False
    )


def distorted(batch, share, *purpose):
    other = dataclasses.replace(batch, notes=dict(batch.notes))
    spec_augment.distort(other, share, *purpose)
    return other.notes["sound"], other.notes["sound_frames"]


def test_draws_fix_what_is_distorted(batch):
    first, _ = distorted(batch, 1.0, 0, 3)
    again, _ = distorted(batch, 1.0, 0, 3)
    assert torch.equal(first, again)
    other, _ = distorted(batch, 1.0, 0, 4)
    assert first.shape != other.shape or not torch.equal(first, other)
    sound, whole = distorted(batch, 0.0, 0, 3)
    assert torch.equal(sound, batch.notes["sound"])
    assert torch.equal(whole, batch.notes["sound_frames"])


def test_a_share_of_the_sounds_is_distorted_and_the_others_stay(batch):
    many = batch_of(100_000, 40, 4)
    sound, frames = distorted(many, 0.3, 0, 0)
    same = (frames == 40) & (sound[:, :40] == 1).all((1, 2))
    assert_rate((~same).sum(), len(same), 0.3)
    heard = batch.notes["sound_frames"] > 0
    sound, frames = distorted(batch, 1.0, 0, 0)
    assert torch.equal(frames > 0, heard)
    assert (sound[~heard] == 0).all()


def test_lengths_change_within_pace_and_cut_and_no_more_is_hidden_than_the_masks_may(batch):
    before = batch.notes["sound_frames"].double()
    heard = before > 0
    least, most = (1 - spec_augment.CUT) / (1 + spec_augment.PACE), 1 / (1 - spec_augment.PACE)
    ratios = []
    for epoch in range(40):
        sound, frames = distorted(batch, 1.0, 0, epoch)
        ratios.append(frames[heard] / before[heard])
        for one, number in zip(sound[heard], frames[heard], strict=True):
            assert (one[number:] == 0).all()
            bands = (one[:number] == 0).all(0).double().mean()
            assert bands <= spec_augment.MASKS * spec_augment.HIGH + 2 / 80
            shut = (one[:number] == 0).all(1).double().mean()
            assert shut <= spec_augment.MASKS * spec_augment.WIDE + 2 / float(number)
    ratio = torch.cat(ratios)
    assert ratio.min() > least - 0.05
    assert ratio.max() < most + 0.05
    assert ratio.max() - ratio.min() > 0.2  # faster and slower


def test_between_two_frames_lies_the_straight_line():
    sound = np.arange(6, dtype=np.float32).reshape(1, 3, 2)
    found = spec_augment._between(sound, np.array([[0.0, 0.25, 1.5, 9.0]]), np.array([3]))
    assert np.allclose(found[0], [[0, 1], [0.5, 1.5], [3, 4], [4, 5]])
