import multiprocessing
import os
import resource
import signal
import time
from itertools import count
from pathlib import Path

import pytest
import torch

from curate.dataset.errors import DataError, ParamsError
from train import examine, loader
from train.batches import Batches
from train.corpus import load
from train.models import imagebert
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


def resident():
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.parametrize("workers", [0, 2])
def test_memory_is_the_same_after_many_epochs_of_pictures_as_after_two(small, words, workers):
    corpus = load(small.snapshot, small.labels, "train", words, 16, 4, pixels=64, held=2**20)
    batches = Batches(corpus, words, 10, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    change = {"visual": "patches", "pixels": 64, "patch": 16}
    plan = imagebert.plan(imagebert.Params(change=change, objectives={"moc": None, "mrfr": None}))
    todo = examine.tasks(plan.objectives)
    passed = []

    def make(wanted):
        batch = examine.ready(batches, wanted[1], plan, todo, words, 0, wanted[0])
        return resident(), batch

    told = {0: [], 1: []}  # of the first two epochs, and of the last two
    wanted = [(epoch, rows) for epoch in range(40) for rows in batches.order(epoch)]
    for (epoch, _), (held, batch) in zip(wanted, loader.ahead(make, wanted, workers), strict=True):
        passed.append(batch.pixels.nbytes)
        if epoch < 2 or epoch >= 38:
            told[epoch // 20].append(held + resident())
    assert sum(passed) > 100 * 2**20
    assert max(told[1]) - max(told[0]) < 20 * 2**20


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


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_worker_that_dies_ends_the_run_with_what_to_do(elsewhere):
    def make(number):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    @loader.deaths()
    def run():
        made = loader.ahead(make, range(60), 2)
        assert next(made) == 0
        if elsewhere:  # in a step, while batches are made ahead
            next(made)
            time.sleep(60)
        list(made)

    with pytest.raises(ParamsError, match=r"a process that makes batches died \(.*fewer `workers`"):
        run()


def test_other_errors_within_are_left_as_they_are():
    with pytest.raises(RuntimeError, match=r"^shapes differ$"), loader.deaths():
        raise RuntimeError("shapes differ")


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
