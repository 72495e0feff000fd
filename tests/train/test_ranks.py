import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from curate.dataset.errors import ParamsError
from train.ranks import Ranks, together

ROOT = Path(__file__).resolve().parents[2]


def test_the_batches_of_a_step_are_shared_out_whole_and_once():
    shares = [Ranks(index, 3).share(6) for index in range(3)]
    assert sorted(batch for share in shares for batch in share) == list(range(6))
    assert {len(share) for share in shares} == {2}


def test_a_step_that_cannot_be_shared_evenly_is_an_error_that_says_what_can():
    with pytest.raises(ParamsError, match="`accumulate` to a multiple of 2"):
        Ranks(0, 2).share(3)


def test_without_torchrun_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with together() as ranks:
        assert ranks == Ranks(0, 1)
        assert ranks.total([1.5, 2.0], torch.device("cpu")) == [1.5, 2.0]
        ranks.wait()


# each batch k of 4 leaves numbers whose sum depends on the order of adding; batch 2 leaves none on
# the second layer, and no batch touches the third
ADDED = """
import os
import torch
from torch import nn
from train.gradients import Gradients
from train.ranks import together

model = nn.ModuleList([nn.Linear(n, 1, bias=False) for n in (5, 3, 2)])
with together() as ranks:
    gradients, values = Gradients(model, ranks), []
    for batch in ranks.share(4):
        torch.manual_seed(batch)
        values.append((10.0 ** torch.randn(2).double() * 3).tolist())
        for number, layer in enumerate(model[: 1 if batch == 2 else 2]):
            one = torch.randn(layer.weight.shape) * 10.0 ** torch.randn(layer.weight.shape)
            layer.weight.grad = one if layer.weight.grad is None else layer.weight.grad + one
        gradients.add()
    gradients.finish()
    total = ranks.total_by_batch(values, torch.device("cpu"))
    counts = ranks.total([1.0, ranks.rank], torch.device("cpu"))
    ranks.wait()
found = [layer.weight.grad for layer in model]
torch.save((counts, total, found), f"{ranks.rank}-of-{ranks.number}.pt")
"""


def test_two_processes_add_losses_and_gradients_as_one_does_to_the_bit(project, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    exec(ADDED, {})
    _, alone, wanted = torch.load("0-of-1.pt")
    assert wanted[2] is None
    for counts, total, gradients in added(2):
        assert counts == [2.0, 1.0]
        assert total == alone
        assert torch.equal(gradients[0], wanted[0])
        assert torch.equal(gradients[1], wanted[1])
        assert gradients[2] is None


def added(number):
    """What each of some processes has at the end."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(number)}
    environment = os.environ | where | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen([sys.executable, "-c", ADDED], env=environment | {"RANK": str(rank)})
        for rank in range(number)
    ]
    assert [process.wait(timeout=120) for process in started] == [0] * number
    return [torch.load(f"{rank}-of-{number}.pt") for rank in range(number)]
