"""The precision of a run in, the context in which its model runs out."""

from contextlib import AbstractContextManager
from typing import Any

import torch

from curate.stage import machine


def autocast(on: torch.device, precision: str) -> AbstractContextManager[Any]:
    """The context of `machine.autocast`, and of fp16, which only training asks for.

    Args:
        on: the device.
        precision: fp16 (a scaler must keep small gradients), or as `machine.autocast` takes it.
    """
    if precision == "fp16":
        return torch.autocast(on.type, torch.float16)
    return machine.autocast(on, precision)
