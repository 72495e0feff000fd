"""A file of weights in; its tensors by name out, or an error that says that it is damaged."""

import re
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from curate.dataset.errors import WeightsError

_TORCH = (".pth", ".pt")
_WHY = re.compile(r"error:\s*(.*?)\s*Check the documentation", re.DOTALL)  # amid torch's advice


def read(file: Path) -> dict[str, Tensor]:
    """Read a file of weights, on the CPU: safetensors, or by its suffix a state dict of torch's.

    Raises:
        WeightsError: it is missing, cut off, or of another form.
    """
    try:
        if file.suffix in _TORCH:
            return _tensors(torch.load(file, map_location="cpu", weights_only=True))
        return load_file(file)
    except Exception as error:  # torch's reader of damaged files has no list of what it raises
        found = _WHY.search(str(error))
        said = (found[1] if found else str(error)) or type(error).__name__
        raise WeightsError(
            f"{file} ({_size(file)}) cannot be read: {said}; it is cut off or no file of weights "
            "alone: make it or fetch it again"
        ) from error


def told(file: Path) -> dict[str, str]:
    """What a file of weights says of them, beside the weights."""
    with safe_open(file, framework="pt") as opened:
        return dict(opened.metadata() or {})


def _tensors(found: Any) -> dict[str, Tensor]:
    """A state dict; what else a file may hold is none."""
    if not isinstance(found, dict) or not all(map(torch.is_tensor, found.values())):
        raise ValueError("it holds more than tensors by name")
    return dict(found)


def _size(file: Path) -> str:
    return f"{file.stat().st_size:,} bytes" if file.is_file() else "no file"
