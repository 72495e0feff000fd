import open_clip
import pytest
import torch
from torch.nn import functional as F

from curate.contrastive import objective


@pytest.fixture
def sides():
    draw = torch.Generator().manual_seed(0)
    return [F.normalize(torch.randn(6, 8, generator=draw), dim=-1) for _ in range(2)]


def test_without_false_negatives_it_is_the_loss_of_open_clip(sides):
    scale = torch.tensor(10.0)
    ours = objective.contrastive(*sides, scale, torch.eye(6, dtype=torch.bool))
    torch.testing.assert_close(ours, open_clip.ClipLoss()(*sides, scale))


def test_alike_rows_do_not_push_each_other_away(sides):
    images, texts = sides
    twice = texts.clone()
    twice[1] = twice[0]
    alike = torch.eye(6, dtype=torch.bool)
    apart = objective.contrastive(images, twice, torch.tensor(10.0), alike)
    alike[0, 1] = alike[1, 0] = True
    assert objective.contrastive(images, twice, torch.tensor(10.0), alike) < apart


def test_words_are_best_told_where_each_picture_lies_at_its_own():
    ends = torch.eye(4)
    present = torch.eye(4)
    right = objective.words(ends, ends, torch.tensor(10.0), present)
    wrong = objective.words(ends, ends.flip(0), torch.tensor(10.0), present)
    assert right < 0.01 < wrong


def test_a_word_that_pictures_share_draws_both_to_it():
    images = torch.eye(3)
    present = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    named = torch.zeros(2, 3, requires_grad=True)
    objective.words(images, named, torch.tensor(5.0), present).backward()
    towards = -named.grad
    assert towards[0, 0] == towards[0, 1] > 0 > towards[0, 2]
    assert towards[1, 2] > 0 > towards[1, 0]


def test_a_rare_word_counts_more_for_its_picture():
    images = torch.tensor([[1.0, 0.0]])
    named = torch.eye(2)
    scale = torch.tensor(3.0)
    seldom = objective.words(images, named, scale, torch.tensor([[3.0, 1.0]]))
    often = objective.words(images, named, scale, torch.tensor([[1.0, 3.0]]))
    assert seldom < often
