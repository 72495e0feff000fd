import pytest
import torch

from train import tracin


class Linear(torch.nn.Module):
    """y = w · x, so that every gradient can be written down."""

    def __init__(self, *weights):
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(weights))

    def loss(self, rows):
        """Half the mean squared error of (x, y) rows."""
        x, y = (torch.tensor(side) for side in zip(*rows, strict=True))
        return lambda: 0.5 * ((x @ self.w - y) ** 2).mean()


POOL = [([1.0, 0.0], 0.0), ([0.0, 1.0], 0.0)]  # gradient at w = (1, 2): (1/2, 2/2)
HELD_OUT = [([1.0, 1.0], 5.0)]  # (1 + 2 - 5) * (1, 1) = (-2, -2)
TRUE = [([0.0, 1.0], 5.0), ([1.0, 0.0], 0.0)]  # ((1, 2 - 5)) / 2
FALSE = [([0.0, 1.0], -5.0), ([1.0, 0.0], 0.0)]  # (1, 7) / 2


def test_influence_is_what_is_reckoned_by_hand_on_a_linear_model():
    model = Linear(1.0, 2.0)
    groups = {"true": [model.loss(TRUE)], "false": [model.loss(FALSE)]}
    found = tracin.traced(model, 0.1, [model.loss(HELD_OUT)], [model.loss(POOL)], groups, share=0.5)
    # less the pool's: (0, -5/2) and (0, 5/2), over the share: (0, -5) and (0, 5)
    assert found["true"].influence == pytest.approx(0.1 * (-2 * -5))
    assert found["false"].influence == pytest.approx(0.1 * (-2 * 5))
    assert found["true"].cosine == pytest.approx(10 / (5 * 8**0.5))
    root = ((1.0**2 + 1.5**2 + 3.5**2) / 3) ** 0.5  # of the second number, over the three batches
    assert found["true"].adaptive == pytest.approx(0.1 * 10 / root, rel=1e-6)
    assert model.w.grad is None


def test_what_is_foretold_of_a_small_step_is_what_the_step_does():
    model, rate = Linear(1.0, 2.0), 1e-4
    loss, own, usual = (model.loss(rows) for rows in (HELD_OUT, TRUE, POOL))
    foretold = tracin.traced(model, rate, [loss], [usual], {"own": [own]}, 1.0)["own"].influence
    after = []
    for batch in (own, usual):
        stepped = Linear(*(model.w - rate * tracin.gradient(batch(), [model.w])).tolist())
        after.append(float(stepped.loss(HELD_OUT)().detach()))
    assert after[1] - after[0] == pytest.approx(foretold, rel=1e-2)


def test_weights_that_a_loss_does_not_touch_have_no_gradient():
    used, spare = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    assert tracin.gradient((used * 3).sum(), [used, spare]).tolist() == [3.0, 3.0, 0.0, 0.0]


def test_a_group_needs_a_batch_for_each_usual_one():
    model = Linear(1.0, 2.0)
    usual = [model.loss(POOL)] * 2
    with pytest.raises(ValueError, match="zip"):
        tracin.traced(model, 0.1, usual, usual, {"own": usual[:1]}, 1.0)
