import errno
import resource
import shutil
import signal
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch.distributed.checkpoint.api import CheckpointException

from curate.dataset.errors import StorageError
from curate.stage.checkpoint import Checkpoints
from train import model, pretrain, running
from train.lesson import Lesson
from train.saving import STATES, room, take_states
from train.trainer import train


def test_states_that_stay_are_put_beside_the_model_and_a_death_after_that_loses_none(tmp_path):
    checkpoints = Checkpoints("run", tmp_path / "checkpoints")
    for step in ("step-00000002", "step-00000004"):
        state = checkpoints.folder / STATES / step
        state.mkdir(parents=True)
        (state / "model.safetensors").write_bytes(step.encode())
    for _ in range(2):  # the first time it dies before the checkpoints are removed
        out = tmp_path / "model"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        take_states(checkpoints, out)
        found = {f.parent.name: f.read_text() for f in out.glob(f"{STATES}/*/*")}
        assert found == {name: name for name in ("step-00000002", "step-00000004")}
    checkpoints.remove()
    assert len(list(out.glob(f"{STATES}/*/*"))) == 2


def _on_a_rank(error):
    return CheckpointException("failed", {1: (error, [])})


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("Error while serializing: I/O error: File too large (os error 27)"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"),
        _on_a_rank(OSError(errno.EDQUOT, "Disk quota exceeded")),
    ],
)
def test_a_want_of_room_is_told_whichever_library_says_so(tmp_path, error):
    with (
        pytest.raises(StorageError, match="it could not be written"),
        room(Checkpoints("run", tmp_path), "it"),
    ):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        SafetensorError("Error while serializing: I/O error: Permission denied (os error 13)"),
        RuntimeError("Some tensors share memory"),
        _on_a_rank(RuntimeError("Some tensors share memory")),
    ],
)
def test_what_is_no_want_of_room_is_not_told_as_such_and_leaves_nothing_half_written(
    tmp_path, error
):
    checkpoints = Checkpoints("run", tmp_path)
    (checkpoints.folder / ".partial-1").mkdir(parents=True)
    with pytest.raises(type(error)) as raised, room(checkpoints, "it"):
        raise error
    assert raised.value is error
    assert not list(checkpoints.folder.iterdir())


@pytest.fixture
def small_files():
    """Lets this process write no file above so many bytes, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit(most: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_the_last_checkpoint_survives_where_there_is_no_room_for_the_next(
    pairs, words, make_model, run_params, tmp_path, small_files
):
    params, checkpoints = run_params(), Checkpoints("run", tmp_path)
    logged = []

    def run(log):
        lesson = Lesson(make_model(), pairs, words, params, lambda *_: {})
        model, history, _ = train(lesson.model, [lesson], params, checkpoints, log)
        return model.state_dict(), history

    def full(step, values):
        logged.append(step)
        if step == 4:  # its checkpoint comes next
            small_files(4096)

    with pytest.raises(
        StorageError, match=r"of step 4 could not be written.*step-00000002 is whole"
    ):
        run(full)
    assert logged == [2, 4]
    small_files(resource.RLIM_INFINITY)
    assert not list(checkpoints.folder.glob(".partial-*"))
    weights, history = run(lambda *_: None)
    checkpoints.remove()
    wanted, whole = run(lambda *_: None)
    assert history == whole
    assert all(torch.equal(weights[name], wanted[name]) for name in wanted)


def test_a_model_that_there_is_no_room_for_at_the_end_is_an_error_and_the_run_goes_on_from_there(
    small, project, run_params, small_files, monkeypatch
):
    parts = (small.snapshot, small.labels, small.network, Path("out"), Path("logs"), run_params())
    save = running.save

    def full(*rest):
        small_files(4096)
        save(*rest)

    with monkeypatch.context() as patch:
        patch.setattr(running, "save", full)
        said = r"^out could not be written \(.*step-00000004 is whole: make room and run the same"
        with pytest.raises(StorageError, match=said):
            pretrain.main("imagebert", *parts)
    small_files(resource.RLIM_INFINITY)
    assert pretrain.main("imagebert", *parts)["steps"] == 6
    assert (Path("out") / model.WEIGHTS_FILE).is_file()
