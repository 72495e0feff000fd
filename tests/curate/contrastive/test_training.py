from itertools import islice

import numpy as np
import torch

from curate.contrastive import training


def test_an_epoch_sees_one_picture_of_each_group():
    members = training._members(np.array([3, 1, 3, 3, 7]))
    order = training._order(members, np.random.default_rng(0))
    epochs = [sorted({0: 3, 1: 1, 2: 3, 3: 3, 4: 7}[row] for row in islice(order, 3))] * 2
    assert epochs == [[1, 3, 7]] * 2
    assert set(islice(order, 60)) == {0, 1, 2, 3, 4}


def test_the_rate_rises_then_falls():
    shares = [training._share(step / 100, 0.1) for step in range(100)]
    assert max(shares) == shares[10] == 1.0
    assert shares[:11] == sorted(shares[:11])
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert 0 < min(shares) < 0.02


def test_rows_of_one_group_or_one_caption_are_alike():
    groups = torch.tensor([1, 1, 2, 3])
    tokens = torch.tensor([[5, 6], [7, 8], [7, 8], [9, 9]])
    expected = torch.eye(4, dtype=torch.bool)
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = True
    assert torch.equal(training._alike(groups, tokens), expected)


def test_torch_is_left_as_it_was_found():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    with training.repeatable(seed=3, threads=1):
        first = torch.rand(4)
    with training.repeatable(seed=3, threads=1):
        assert torch.equal(first, torch.rand(4))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
