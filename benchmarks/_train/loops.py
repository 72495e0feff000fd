"""ImageBERT by our trainer, by a bare loop over batches made before, and by Hugging Face's Trainer.

The module, its weights at the start, its pairs and its precision are the same; all but the bare
loop make batches as they go, and our side keeps its ledger. The Trainer draws the pairs of a batch
as it does by default, or is given our batches, which are of similar length.

    R1              pairs per CPU second (on a GPU, second), ours over the bare loop's
    R3              ours over Hugging Face's Trainer's
    R3_our_batches  ours over the Trainer's when it is given our batches
    R4              batches made per CPU second over steps of the bare loop
"""

from benchmarks import _cost
from benchmarks._train import Measured, _device, _sides

BESIDE = {
    "R1": ("torch",),
    **dict.fromkeys(("R3", "R3_our_batches"), ("transformers", _sides.ACCELERATE)),
}
_SIDES = ("turns", "ours", "trainer", "same", "loader")
_TOLD = ("turn", "bare", "ours", "trainer", "same", "loader")


def measure(repeats: int) -> Measured:
    """Run the sides in turn, as often as asked."""
    found = _sides.measured(_SIDES, "imagebert", repeats)
    turn, bare, ours, trainer, same, loader = (found[name] for name in _TOLD)
    rows = list(zip(turn, bare, ours, trainer, same, loader, strict=True))
    headings = (
        f"our median step, {_device.unit()}",
        "bare loop's",
        "our mean step",
        "HF Trainer's",
        "with our batches",
        "batches alone",
    )
    ratios = {
        "R1": _cost.ratios(bare, turn),
        "R3": _cost.ratios(trainer, ours),
        "R3_our_batches": _cost.ratios(same, ours),
        "R4": _cost.ratios(bare, loader),
    }
    return Measured(headings, rows, ratios)
