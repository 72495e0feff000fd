import multiprocessing
import os
import signal
from pathlib import Path

import pytest
import torch
from torch import nn

from curate.stage import checkpoint
from curate.stage.checkpoint import Checkpoints


def run(steps=3):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(steps):
        model(torch.ones(4, 3)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return model, optimizer


def test_model_and_optimizer_come_back_to_the_bit(tmp_path):
    model, optimizer = run()
    history = [(2, {"loss": 0.5})]
    Checkpoints("run", tmp_path).save(3, model, optimizer, history)
    fresh, other = run(steps=0)
    assert Checkpoints("run", tmp_path).restore(fresh, other) == (3, history)
    for a, b in ((model, optimizer), (fresh, other)):
        a(torch.ones(4, 3)).square().sum().backward()
        b.step()
    assert torch.equal(model.weight, fresh.weight)


def test_what_two_parts_of_a_model_share_comes_back_and_they_still_share_it(tmp_path):
    def sharing():
        first, second = nn.Linear(3, 3), nn.Linear(3, 3)
        second.weight = first.weight
        model = nn.Sequential(first, second)
        return model, torch.optim.AdamW(model.parameters(), lr=0.1)

    model, optimizer = sharing()
    Checkpoints("run", tmp_path).save(1, model, optimizer, [])
    fresh, other = sharing()
    assert Checkpoints("run", tmp_path).restore(fresh, other) == (1, [])
    assert torch.equal(fresh[1].weight, model[0].weight)
    assert fresh[1].weight is fresh[0].weight


def test_only_the_newest_is_kept_and_nothing_half_written(tmp_path):
    checkpoints = Checkpoints("run", tmp_path)
    for step in (2, 4, 6):
        checkpoints.save(step, *run(), [])
    assert [f.name for f in (tmp_path / "run").iterdir()] == ["step-00000006"]


def test_the_one_before_goes_only_when_the_new_one_is_on_the_disk(tmp_path, monkeypatch):
    checkpoints = Checkpoints("run", tmp_path)
    checkpoints.save(2, *run(), [])
    synced, there = [], []
    fsync = os.fsync

    def noted(handle):
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        there.append((tmp_path / "run/step-00000002").is_dir())
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    checkpoints.save(4, *run(), [])
    assert set(synced[:2]) == {"model.safetensors", "state.pt"}
    assert synced[2].startswith(".partial-")
    assert synced[3:] == ["run"]
    assert all(there)
    assert [f.name for f in (tmp_path / "run").iterdir()] == ["step-00000004"]


@pytest.mark.parametrize("whole", ["model.safetensors", "state.pt"])
def test_a_process_that_is_killed_as_it_writes_leaves_the_checkpoint_before(
    tmp_path, monkeypatch, whole
):
    checkpoints = Checkpoints("run", tmp_path)
    checkpoints.save(2, *run(2), [])

    def write_and_die(_, file):
        file.write_bytes(b"half of it")
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patch:
        if whole == "state.pt":
            patch.setattr(torch, "save", write_and_die)
        else:
            patch.setattr(checkpoint, "save_file", write_and_die)
        child = multiprocessing.get_context("fork").Process(
            target=checkpoints.save, args=(4, *run(4), [])
        )
        child.start()
        child.join(60)
    assert child.exitcode == -signal.SIGKILL
    (left,) = (tmp_path / "run").glob(".partial-*")
    assert (left / whole).read_bytes() == b"half of it"
    model, optimizer = run(steps=0)
    assert checkpoints.restore(model, optimizer) == (2, [])
    assert torch.equal(model.weight, run(2)[0].weight)


def test_what_a_killed_process_was_writing_is_cleared_by_the_next_that_writes(tmp_path):
    left = tmp_path / "run/.partial-1"
    left.mkdir(parents=True)
    (left / "model.safetensors").write_bytes(b"half of it")
    checkpoints = Checkpoints("run", tmp_path)
    assert checkpoints.restore(*run(steps=0)) == (0, [])
    checkpoints.save(2, *run(), [])
    assert [f.name for f in (tmp_path / "run").iterdir()] == ["step-00000002"]


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before_and_the_user_told(tmp_path, capsys):
    checkpoints = Checkpoints("run", tmp_path)
    checkpoints.save(2, *run(), [])
    torch.save("nothing of use", tmp_path / "state.pt")
    damaged = tmp_path / "run/step-00000004"
    damaged.mkdir()
    (damaged / "model.safetensors").write_bytes(b"cut")
    (tmp_path / "state.pt").rename(damaged / "state.pt")
    assert checkpoints.restore(*run(steps=0))[0] == 2
    said = capsys.readouterr().err
    assert f"{damaged} cannot be read (" in said
    assert "what it held is computed again" in said


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("state.pt", b"\x80\x02"),
        ("state.pt", b"0"),
        ("state.pt", b"cos\nsystem\n(S'false'\ntR."),
        ("state.pt", {"step": 9, "optimizer": [1], "history": []}),
        ("state.pt", {"step": None, "optimizer": {}, "history": []}),
        ("model.safetensors", b"\xff" * 9),
    ],
)
def test_of_a_damaged_checkpoint_nothing_is_left_in_the_model(tmp_path, name, damaged):
    checkpoints = Checkpoints("run", tmp_path)
    checkpoints.save(2, *run(), [])
    file = tmp_path / "run/step-00000002" / name
    if isinstance(damaged, bytes):
        file.write_bytes(damaged)
    else:
        torch.save(damaged, file)
    fresh, optimizer = run(steps=0)
    before = fresh.weight.detach().clone()
    assert checkpoints.restore(fresh, optimizer) == (0, [])
    assert torch.equal(fresh.weight, before)
    assert optimizer.state_dict()["state"] == {}


def test_a_run_without_checkpoints_begins_at_the_beginning(tmp_path):
    assert Checkpoints("run", tmp_path).restore(*run()) == (0, [])


def test_runs_do_not_see_each_others_checkpoints(tmp_path):
    Checkpoints("one", tmp_path).save(2, *run(), [])
    assert Checkpoints("two", tmp_path).restore(*run())[0] == 0
    Checkpoints("one", tmp_path).remove()
    assert Checkpoints("one", tmp_path).restore(*run())[0] == 0
