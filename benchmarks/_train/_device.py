"""The device that sides run on: what its time is, and how many operations it could do in it.

On a processor a step costs CPU seconds, of one thread; on a GPU the seconds until it is done, in
bf16, at the papers' size. Peaks are those that NVIDIA's datasheets give for dense matrices of bf16
(fp16 where there is none) with sums in float32.
"""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from curate.stage import machine

PEAKS = {
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "A100": 312e12,
    "A10G": 70e12,
    "A10": 125e12,
    "L40S": 362e12,
    "L4": 121e12,
    "RTX 4090": 165e12,
    "V100": 125e12,
    "T4": 65e12,
}
"""Operations a second, by a part of the device's name; the first that fits."""


def on_gpu() -> bool:
    """Whether sides run on one."""
    return bool(machine.device().type == "cuda")


def size() -> str:
    """Of the models: what a device can bear."""
    return "base" if on_gpu() else "tiny"


def precision() -> str:
    """Of matrix products."""
    return "bf16" if on_gpu() else "fp32"


def unit() -> str:
    """What tables call a step's time."""
    return "ms" if on_gpu() else "CPU ms"


def now() -> float:
    """Seconds by the clock that counts here; on a GPU when all that was asked of it is done."""
    if not on_gpu():
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def name() -> str:
    """Of the device."""
    return torch.cuda.get_device_name() if on_gpu() else "processor"


def peak(device: str, told: float = 0.0) -> float:
    """Operations a second that a device could do; 0 where that is not known.

    Args:
        device: its name.
        told: in 10^12, by the user; 0: as the table says.
    """
    if told:
        return told * 1e12
    words = device.replace("-", " ").split()
    fits = (most for part, most in PEAKS.items() if set(part.split()) <= set(words))
    return next(fits, 0.0)


def operations(run: Callable[[], Any]) -> int:
    """Multiplications and additions of matrices that something asks for, its attention's too.

    Attention is computed step by step meanwhile, since not each device's fused one is counted.
    """
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops())
