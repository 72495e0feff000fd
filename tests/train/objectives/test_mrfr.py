import torch

from train.objectives import States, mrfr
from train.plan import Plan, Sizes


def test_the_loss_is_the_squared_distance_and_the_figure_the_cosine():
    plan = Plan(streams="joint 1", width=8, heads=2, inner=16, text_tokens=12, regions=4)
    head = mrfr.Head(plan, Sizes(vocabulary=50, features=6, classes=4))
    vision, features = torch.randn(2, 4, 8), torch.randn(2, 4, 6)
    wanted = torch.zeros(2, 4, dtype=torch.bool)
    wanted[0, 1] = wanted[1, 3] = True
    batch = type("Batch", (), {"targets": {"mrfr": wanted}})
    score = head(States(torch.zeros(2, 3, 8), vision, features, torch.zeros(50, 8)), batch)
    guess = head.feature(vision)[wanted]
    by_hand = sum(((g - t) ** 2).sum() / 6 for g, t in zip(guess, features[wanted], strict=True))
    torch.testing.assert_close(score.loss, by_hand)
    cosines = torch.cosine_similarity(guess, features[wanted])
    torch.testing.assert_close(score.figure, cosines.sum().detach())
    assert not score.figure.requires_grad
