"""A safetensors file in; its tensors by name out, or an error that says that it is damaged."""

from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from curate.dataset.errors import WeightsError


def read(file: Path) -> dict[str, Tensor]:
    """Read a file of weights, on the CPU.

    Raises:
        WeightsError: it is cut off, or of another form.
    """
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{file} ({_size(file)}) cannot be read: {error}; it is cut off or no safetensors "
            "file: make it or fetch it again"
        ) from error


def told(file: Path) -> dict[str, str]:
    """What a file of weights says of them, beside the weights."""
    with safe_open(file, framework="pt") as opened:
        return dict(opened.metadata() or {})


def _size(file: Path) -> str:
    return f"{file.stat().st_size:,} bytes" if file.is_file() else "no file"
