import pytest

from curate.dataset.errors import BusyError
from curate.stage.alone import alone


def test_one_at_a_time_has_a_folder_and_who_comes_second_leaves_it_as_it_is(tmp_path):
    with alone(tmp_path, tmp_path / "out"):
        second = alone(tmp_path, tmp_path / "out")
        with pytest.raises(BusyError, match=r"another run is writing .*out; let it end"), second:
            pass
        assert tmp_path.is_dir()
    with alone(tmp_path, tmp_path / "out"):
        pass
