import resource
import signal

import pytest
import torch

from curate.dataset.errors import StorageError
from curate.stage.checkpoint import Checkpoints
from train.trainer import train


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
        parts = (pairs, words, params, checkpoints, lambda *_: {}, log)
        model, history, _ = train(make_model(), *parts)
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
