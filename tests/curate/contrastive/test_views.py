import numpy as np
import pytest
import torch

from curate.contrastive import views


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_same_seed_gives_the_same_views():
    stored = torch.randint(0, 256, (4, 3, 24, 24), dtype=torch.uint8)
    first, again = (views.pictures(stored, 16, draws(), 0.6, 0.2) for _ in range(2))
    other = views.pictures(stored, 16, draws(1), 0.6, 0.2)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_beyond_the_edge_of_a_picture_lies_white():
    white = torch.full((64, 3, 24, 24), 255, dtype=torch.uint8)
    seen = views.pictures(white, 16, draws(), 0.3, jitter=0.0)
    expected = views.normalised(torch.ones(64, 3, 16, 16))
    torch.testing.assert_close(seen, expected)


def test_without_jitter_a_view_has_no_colour_that_the_picture_lacks():
    red = torch.zeros(16, 3, 24, 24, dtype=torch.uint8)
    red[:, 0] = 255
    seen = views.pictures(red, 16, draws(), 0.3, jitter=0.0)
    low, high = views.normalised(torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)), 1 / 0.6
    torch.testing.assert_close(seen[:, 0], torch.full_like(seen[:, 0], low[0, 0, 0, 0].item()))
    assert seen[:, 1:].max() <= high + 1e-3  # red or the white beyond the edge


@pytest.fixture
def captions():
    return views.Captions([[10, 11], [12]], [[[30, 31]], [[40]]])


def test_each_caption_is_seen(captions):
    draw = np.random.default_rng(0)
    seen = {tuple(captions.view(0.5, draw)) for _ in range(100)}
    assert seen == {(10, 11), (12,), (30, 31), (40,)}


def test_other_languages_have_the_share_that_the_main_one_leaves(captions):
    draw = np.random.default_rng(0)
    seen = [captions.view(0.6, draw) for _ in range(2000)]
    other = np.mean([view in ([30, 31], [40]) for view in seen])
    assert other == pytest.approx(0.4, abs=0.05)


def test_a_picture_without_a_caption_in_the_main_language_is_seen_in_another():
    only = views.Captions([], [[[30, 31]]])
    assert only.view(1.0, np.random.default_rng(0)) == [30, 31]


PARTS = {20: (10, 11), 21: (20, 12), 22: (13, 14)}  # 21 is 10, 11, 12


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.0, [21, 9, 22]), (1.0, [10, 11, 12, 9, 13, 14])]
)
def test_tokens_fall_apart_as_they_were_put_together(chance, expected):
    assert views.split([21, 9, 22], PARTS, chance, np.random.default_rng(0)) == expected


def test_each_way_to_split_a_caption_is_seen():
    draw = np.random.default_rng(0)
    seen = {tuple(views.split([21, 22], PARTS, 0.5, draw)) for _ in range(200)}
    first, second = [(21,), (20, 12), (10, 11, 12)], [(22,), (13, 14)]
    assert seen == {one + two for one in first for two in second}
