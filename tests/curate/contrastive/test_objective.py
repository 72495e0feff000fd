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
    images, texts = (side.clone().requires_grad_() for side in sides)
    alike = torch.eye(6, dtype=torch.bool)
    alike[0, 1] = alike[1, 0] = True
    apart = texts.detach().clone()
    apart[1] = apart[0]  # the same caption twice
    before = objective.contrastive(images, apart, torch.tensor(10.0), torch.eye(6).bool())
    after = objective.contrastive(images, apart, torch.tensor(10.0), alike)
    assert after < before
    assert texts.shape == apart.shape


def test_word_targets_weigh_rare_words_more_and_no_special_token():
    bags = [{1, 5, 6}, {5}, {5}, set()]
    target = objective.word_targets(bags, size=8, ignored=5)
    torch.testing.assert_close(target.sum(1), torch.tensor([1.0, 1.0, 1.0, 0.0]))
    assert target[0, 6] > target[0, 5] > 0
    assert target[:, :5].sum() == 0


def test_guessing_the_words_is_best_where_the_guess_is_their_distribution():
    target = objective.word_targets([{5, 6}, {7}], size=8, ignored=5)
    right = objective.words(torch.log(target + 1e-9), target)
    wrong = objective.words(torch.log(target.flip(0) + 1e-9), target)
    assert right < wrong
