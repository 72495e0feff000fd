import multiprocessing
import os
from itertools import count

import pytest
import torch

from curate.dataset.errors import DataError, ParamsError
from train import examine, loader
from train.batches import Batches
from train.params import Sampling


@pytest.fixture
def ready(pairs, words, make_model):
    """What makes a prepared batch of (epoch, rows), and some of those."""
    batches = Batches(pairs, words, 8, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    plan = make_model().plan
    todo = examine.tasks(plan.objectives)

    def make(wanted):
        epoch, rows = wanted
        return os.getpid(), examine.ready(batches, rows, plan, todo, words, 0, epoch)

    return make, [(epoch, rows) for epoch in (0, 1) for rows in batches.order(epoch)]


def parts(batch):
    return batch.notes | batch.targets | {k: v for k, v in vars(batch).items() if v is not None}


def test_workers_make_the_same_batches_in_the_same_order_elsewhere(ready):
    make, wanted = ready
    here = list(loader.ahead(make, wanted, 0))
    there = list(loader.ahead(make, wanted, 2))
    assert {pid for pid, _ in here} == {os.getpid()}
    assert len({pid for pid, _ in there} - {os.getpid()}) == 2
    for (_, one), (_, other) in zip(here, there, strict=True):
        assert one.keys.tolist() == other.keys.tolist()
        assert one.counts == other.counts
        tensors = {k: v for k, v in parts(one).items() if torch.is_tensor(v)}
        assert {"tokens", "features", "mlm", "itm"} <= tensors.keys()
        assert all(torch.equal(v, parts(other)[k]) for k, v in tensors.items())


def test_no_more_is_taken_than_workers_may_have_begun():
    taken = []
    made = loader.ahead(lambda number: -number, (taken.append(n) or n for n in count()), 2)
    assert [next(made) for _ in range(5)] == [0, -1, -2, -3, -4]
    assert len(taken) <= 5 + 2 * loader.AHEAD


def test_workers_end_with_who_asked_for_their_batches():
    before = set(multiprocessing.active_children())
    made = loader.ahead(abs, count(), 2)
    next(made)
    assert len(set(multiprocessing.active_children()) - before) == 2
    made.close()
    assert not set(multiprocessing.active_children()) - before


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_comes_in_its_turn_and_in_its_own_words(workers):
    def make(number):
        if number == 3:
            raise DataError("picture 3 is no picture")
        return number

    made = loader.ahead(make, range(6), workers)
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(DataError, match=r"^picture 3 is no picture$"):
        next(made)


@pytest.mark.parametrize("workers", [0, 2])
def test_dropout_is_drawn_as_if_there_were_no_loader(workers):
    torch.manual_seed(1)
    alone = torch.rand(3)
    torch.manual_seed(1)
    made = loader.ahead(abs, range(4), workers)
    next(made)
    assert torch.equal(torch.rand(3), alone)


def test_fewer_workers_than_none_are_refused():
    with pytest.raises(ParamsError, match="workers -1"):
        next(loader.ahead(abs, range(4), -1))
