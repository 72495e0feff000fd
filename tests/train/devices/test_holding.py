import pytest
import torch

from train.devices import holding, pruning
from train.model import make


@pytest.fixture
def steps(make_model):
    """Makes a sparse model, and takes steps with another that begins with its weights."""

    def take(hold):
        sparse = make_model()
        pruning.sparsified(sparse, 0.6)
        trained = make(sparse.name, sparse.plan, sparse.sizes)
        trained.load_state_dict(sparse.state_dict())
        optimizer = torch.optim.AdamW(trained.parameters(), 1e-2)

        def some():
            for _ in range(3):
                sum((weight - 1).square().sum() for weight in trained.parameters()).backward()
                optimizer.step()
                optimizer.zero_grad()

        if hold:
            with holding.held(sparse):
                some()
        else:
            some()
        return sparse, trained, some

    return take


def zeros(model):
    return [layer.weight == 0 for layer in pruning.matrices(model)]


def test_what_is_zero_stays_zero_and_all_else_learns(steps):
    before, after, _ = steps(hold=True)
    for was, now, one, other in zip(
        zeros(before),
        zeros(after),
        pruning.matrices(before),
        pruning.matrices(after),
        strict=True,
    ):
        assert was.any()
        assert torch.equal(was, now)
        assert (one.weight != other.weight)[~was].all()
    assert not torch.equal(before.text.word.weight, after.text.word.weight)


def test_without_being_held_zeros_learn_as_well(steps):
    _, after, _ = steps(hold=False)
    assert not any(zero.any() for zero in zeros(after))


def test_nothing_is_held_once_that_training_is_over(steps):
    _, after, further = steps(hold=True)
    further()
    assert not any(zero.any() for zero in zeros(after))
