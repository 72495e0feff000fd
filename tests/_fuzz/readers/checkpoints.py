"""Checkpoints of a run: a folder's two files to a model and its optimizer, or to a fresh start."""

import contextlib
import io
import shutil
from collections.abc import Iterator

import torch
from torch import nn

from curate.stage.checkpoint import Checkpoints
from tests._fuzz import scratch

_FILES = ("model.safetensors", "state.pt")


def _run() -> tuple[nn.Module, torch.optim.Optimizer]:
    """A small model that learnt for two steps."""
    model = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(2):
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    return model, optimizer


_CHECKPOINTS = Checkpoints("whole", scratch.FOLDER)
_CHECKPOINTS.save(2, *_run(), [(1, {"loss": 0.5})])
_WHOLE = _CHECKPOINTS.folder / "step-00000002"


def seeds() -> Iterator[bytes]:
    """Each file as it is written; the first byte says which it is."""
    for number, name in enumerate(_FILES):
        yield bytes([number]) + (_WHOLE / name).read_bytes()
    for kept in ({"step": "x", "optimizer": {}, "history": None}, [1], {"step": 1}, "a"):
        out = io.BytesIO()
        torch.save(kept, out)
        yield b"\1" + out.getvalue()
    out = io.BytesIO()
    torch.save({"step": 1}, out, _use_new_zipfile_serialization=False)
    yield b"\1" + out.getvalue()
    yield b"\1" + b"cposix\nsystem\n(S'echo'\ntR."


def read(data: bytes) -> None:
    """Go on from a checkpoint one of whose files is the input; it is read or passed over."""
    damaged = Checkpoints("damaged", scratch.FOLDER)
    shutil.copytree(_WHOLE, damaged.folder / "step-00000003", dirs_exist_ok=True)
    name = _FILES[(data[:1] or b"\0")[0] % len(_FILES)]
    (damaged.folder / "step-00000003" / name).write_bytes(data[1:])
    with contextlib.redirect_stderr(io.StringIO()) as said:
        done, _ = damaged.restore(*_run())
    if done == 0 and "cannot be read" not in said.getvalue():
        raise ValueError("a checkpoint is passed over, and nobody is told")
