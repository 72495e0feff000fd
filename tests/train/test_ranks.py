import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from curate.dataset.errors import ParamsError
from train.ranks import Ranks, joined

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
    with joined() as ranks:
        assert ranks == Ranks(0, 1)
        assert ranks.total([1.5, 2.0], torch.device("cpu")) == [1.5, 2.0]
        ranks.wait()


SUMMED = """
import os, sys
import torch
from torch import nn
from train.ranks import joined

index = int(os.environ["RANK"])
model = nn.ModuleList([nn.Linear(2, 1, bias=False), nn.Linear(3, 1, bias=False)])
model[index].weight.grad = torch.full_like(model[index].weight, index + 1.0)
with joined() as ranks:
    total = ranks.total([1.0, index], torch.device("cpu"))
    ranks.add_gradients(model)
    ranks.wait()
torch.save((ranks.rank, total, [layer.weight.grad for layer in model]), f"{index}.pt")
"""


def test_two_processes_sum_numbers_and_gradients_even_where_one_is_missing(project):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    environment = os.environ | where | {"PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen([sys.executable, "-c", SUMMED], env=environment | {"RANK": str(index)})
        for index in (0, 1)
    ]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    for index in (0, 1):
        rank, total, gradients = torch.load(f"{index}.pt")
        assert rank == index
        assert total == [2.0, 1.0]
        assert torch.equal(gradients[0], torch.full((1, 2), 1.0))
        assert torch.equal(gradients[1], torch.full((1, 3), 2.0))
