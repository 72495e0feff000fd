"""Which share of what a device could compute ImageBERT's training steps by our trainer are.

Counted are the products of matrices of forward and backward pass (`torch.utils.flop_counter`),
which is what model FLOPs utilisation means (Chowdhery et al., 2022: PaLM). What the device could do
is known by its name, or is told: `make bench NAME=train ARGS="mfu --peak 989"`.

    mfu    operations of a step over those that the device could do in its time
"""

from benchmarks import _cost
from benchmarks._train import Measured, _device, _sides


def measure(repeats: int, peak: float = 0.0) -> Measured:
    """Train, and count the operations of the same steps, as often as asked.

    Args:
        repeats: runs.
        peak: 10^12 operations a second that the device could do; 0: as its name says.
    """
    found = _sides.measured(("ours", "operations"), "imagebert", repeats)
    device = _device.name()
    possible = _device.peak(device, peak)
    rows, used, could = [], [], []
    for milliseconds, asked in zip(found["ours"], found["operations"], strict=True):
        done = asked / (milliseconds / 1000)
        rows.append([device, milliseconds, asked / 1e9, done / 1e12])
        used.append(done)
        could.append(possible)
    headings = ("device", f"step, {_device.unit()}", "10^9 operations", "10^12 a second")
    if not possible:
        print(f"what {device} could do in a second is not known: `--peak` tells it, in 10^12")
        return Measured(headings, rows, {})
    return Measured(headings, rows, {"mfu": _cost.ratios(used, could)})
