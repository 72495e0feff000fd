"""VisualBERT and LXMERT of our trainer beside transformers' own by its Trainer, at the same size.

Both learn the same tasks from the same pairs, in one precision: theirs as its classes compute them,
with the vocabulary head on every place and batches in any order.

    hf_visualbert, hf_lxmert    pairs per CPU second (on a GPU, second), ours over theirs
"""

from benchmarks import _cost
from benchmarks._train import Measured, _device, _sides

_MODELS = ("visualbert", "lxmert")
BESIDE = dict.fromkeys((f"hf_{name}" for name in _MODELS), ("transformers", _sides.ACCELERATE))


def measure(repeats: int) -> Measured:
    """Train each model by both, in turn, as often as asked."""
    rows, ratios = [], {}
    for model in _MODELS:
        found = _sides.measured(("ours", "stock"), model, repeats)
        for mine, theirs in zip(found["ours"], found["stock"], strict=True):
            rows.append([model, mine, theirs, theirs / mine])
        ratios[f"hf_{model}"] = _cost.ratios(found["stock"], found["ours"])
    headings = ("model", f"ours, {_device.unit()} a step", "transformers", "ratio")
    return Measured(headings, rows, ratios)
