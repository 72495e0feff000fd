"""Files of weights: safetensors and torch's state dicts to tensors by name."""

import io
import pickle
from collections.abc import Iterator

import torch
from safetensors.torch import save

from tests._fuzz import scratch
from train import weights

_SUFFIXES = (".safetensors", ".pt")
_RAN = scratch.FOLDER / "ran"  # appears where a pickle's program runs


class _Command:
    """What a pickle could run."""

    def __reduce__(self) -> tuple[object, ...]:
        return exec, (f"open({str(_RAN)!r}, 'w')",)


def seeds() -> Iterator[bytes]:
    """Files of both forms, of a pickle that is a program, and of what is no state dict."""
    tensors = {"a.weight": torch.ones(2, 3), "b": torch.zeros(0), "c": torch.tensor(True)}
    yield b"\0" + save(tensors, {"format": "pt"})
    for kept in (tensors, {"a": 1}, [torch.ones(1)], {"a": torch.ones(2).half().to_sparse()}):
        for new in (True, False):
            out = io.BytesIO()
            torch.save(kept, out, _use_new_zipfile_serialization=new)
            yield b"\1" + out.getvalue()
    yield b"\1" + pickle.dumps(_Command())


def read(data: bytes) -> None:
    """Read a file of weights, which never runs what it holds."""
    suffix = _SUFFIXES[(data[:1] or b"\0")[0] % len(_SUFFIXES)]
    try:
        weights.read(scratch.file(f"weights{suffix}", data[1:]))
    finally:
        assert not _RAN.exists(), "a file of weights runs a program"
    if suffix == _SUFFIXES[0]:
        weights.told(scratch.FOLDER / f"weights{suffix}")
