import pickle

import pytest
import torch
from safetensors.torch import save_file

from curate.dataset.errors import WeightsError
from train import weights


def test_tensors_come_by_name(tmp_path):
    save_file({"a": torch.arange(3)}, tmp_path / "some.safetensors")
    (found,) = weights.read(tmp_path / "some.safetensors").items()
    assert found[0] == "a"
    assert torch.equal(found[1], torch.arange(3))


@pytest.mark.parametrize("kept", [0, 4, 60])
def test_a_file_that_is_cut_off_is_told_with_its_size(tmp_path, kept):
    file = tmp_path / "some.safetensors"
    save_file({"a": torch.arange(30)}, file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=rf"some\.safetensors \({kept} bytes\).*cut off"):
        weights.read(file)


@pytest.mark.parametrize(
    "damaged",  # by the fuzzer
    [b"", b"\x80\x02", b"0", b"\x80\x02j\xef\xbe\xad\xde."],
    ids=["empty", "ends", "pops nothing", "remembers nothing"],
)
def test_a_damaged_state_dict_is_told_whatever_torch_makes_of_it(tmp_path, damaged):
    (tmp_path / "some.pt").write_bytes(damaged)
    with pytest.raises(WeightsError, match=r"some\.pt .* cannot be read: \S+.*; it is cut off"):
        weights.read(tmp_path / "some.pt")


def test_a_pickle_that_is_a_program_does_not_run(tmp_path):
    class Program:
        def __reduce__(self):
            return exec, (f"open({str(tmp_path / 'ran')!r}, 'w')",)

    (tmp_path / "some.pt").write_bytes(pickle.dumps(Program()))
    with pytest.raises(WeightsError):
        weights.read(tmp_path / "some.pt")
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.safetensors \(no file\)"):
        weights.read(tmp_path / "none.safetensors")
