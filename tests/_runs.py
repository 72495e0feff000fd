"""Whole runs of pretraining in processes of their own, some of which kill themselves.

They are forked from a process that has imported what they need, and nothing else.
"""

import multiprocessing
import os
import signal
import socket
from pathlib import Path

import torch
from safetensors.torch import load_file

LONGEST = 300  # seconds that a run may take on a busy machine
_CONTEXT = multiprocessing.get_context("forkserver")


def started(places, params, out, killed_at=0, **environment):
    """A run that was begun: of the model imagebert, in the working directory.

    Args:
        places: snapshot, labels and filter network.
        params: of the run.
        out: name of the model's folder.
        killed_at: kill it as `kill -9` would before the backward pass of so many batches; 0: never.
        environment: of the process.
    """
    _CONTEXT.set_forkserver_preload(["train.pretrain", "train.running", "train.curriculum"])
    given = (Path.cwd(), places, params, out, killed_at, environment)
    process = _CONTEXT.Process(target=_run, args=given)
    process.start()
    return process


def together(number, *given):
    """So many processes of one run, as torchrun would begin them."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = str(bound.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(number)}
    return [started(*given, **shared, RANK=str(rank)) for rank in range(number)]


def ended(*processes):
    """How some runs ended: 0, or less the signal that ended them."""
    for process in processes:
        process.join(LONGEST)
    return [process.exitcode for process in processes]


def _run(folder, places, params, out, killed_at, environment):
    os.environ.update(environment)
    os.chdir(folder)
    torch.set_num_threads(1)
    from train import pretrain
    from train.updater import Updater

    backward, left = Updater.backward, [killed_at]

    def counted(self, loss):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        backward(self, loss)

    Updater.backward = counted
    pretrain.main("imagebert", *places, Path(out), Path("logs", out), params)


def curves(out):
    """What was logged of a run in the working directory, by the file's name."""
    return {f.name: f.read_text() for f in sorted(Path("logs", out).rglob("*.tsv"))}


def assert_same(one, two):
    """Two runs have the same weights, curves and ledger, to the bit."""
    first, second = (load_file(f"{out}/model.safetensors") for out in (one, two))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert curves(one) == curves(two)
    ledgers = [Path(out, "ledger.parquet").read_bytes() for out in (one, two)]
    assert ledgers[0] == ledgers[1]
