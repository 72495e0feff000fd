"""ImageBERT by our trainer, by a bare loop over batches made before, and by Hugging Face's Trainer.

The module, its weights at the start, the batches and float32 are the same; our side and the Trainer
make the batches as they go, and our side keeps its ledger.

    R1    pairs per CPU second, ours over the bare loop's
    R3    pairs per CPU second, ours over Hugging Face's Trainer's
    R4    batches made per CPU second over steps of the bare loop
"""

from benchmarks import _cost
from benchmarks._train import Measured, _sides

_SIDES = ("ours", "bare", "trainer", "loader")


def measure(repeats: int) -> Measured:
    """Run the sides in turn, as often as asked."""
    found = _sides.measured(_SIDES, "imagebert", repeats)
    ours, bare, trainer, loader = (found[side] for side in _SIDES)
    rows = list(zip(ours, bare, trainer, loader, strict=True))
    headings = ("ours, CPU ms a step", "bare loop", "Hugging Face's Trainer", "making batches")
    ratios = {
        "R1": _cost.ratios(bare, ours),
        "R3": _cost.ratios(trainer, ours),
        "R4": _cost.ratios(bare, loader),
    }
    return Measured(headings, rows, ratios)
