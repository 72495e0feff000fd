import importlib.util
import sys
from pathlib import Path

import pytest

from curate.dataset.errors import ParamsError
from train.events import Events

installed = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="pip install pairwright[tensorboard]"
)


def written(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder)).Reload()
    return {
        name: [(event.step, pytest.approx(event.value)) for event in found.Scalars(name)]
        for name in found.Tags()["scalars"]
    }


@installed
def test_tensorboard_reads_what_was_logged_and_nothing_of_the_run_before(tmp_path):
    for rate in (0.5, 0.25):
        with Events(tmp_path / "imagebert") as log:
            log(2, {"loss": 3.0, "mlm/loss": 2.0})
            log(4, {"loss": 1.0, "rate": rate})
    assert written(tmp_path / "imagebert") == {
        "loss": [(2, 3.0), (4, 1.0)],
        "mlm/loss": [(2, 2.0)],
        "rate": [(4, 0.25)],
    }


def test_without_tensorboard_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    for name in [name for name in sys.modules if name.startswith("torch.utils.tensorboard")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ParamsError, match=r"pip install pairwright\[tensorboard\]"):
        Events(tmp_path / "imagebert")
    assert not Path(tmp_path / "imagebert").exists()
