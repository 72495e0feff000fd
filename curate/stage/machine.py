"""The machine that a model runs on: its device, its number formats."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any


def device() -> Any:
    """Torch's name of the accelerator, else of the processor."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(on: Any, precision: str) -> AbstractContextManager[Any]:
    """The context in which a model runs on a device: bf16 or as it is.

    Args:
        on: the device.
        precision: bf16, fp32, or auto: bf16 where the machine has instructions for it.
    """
    import torch

    wanted = precision == "bf16" or (precision == "auto" and has_bf16(on))
    return torch.autocast(on.type, torch.bfloat16) if wanted else nullcontext()


def has_bf16(on: Any) -> bool:
    """Whether a device multiplies bf16 matrices faster than float32 ones."""
    import torch

    if on.type == "cuda":
        return torch.cuda.is_bf16_supported()
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)
