"""Which share of the places of a batch holds a word or a region, over an epoch of ImageBERT's.

R2    tokens that are there over tokens that are computed
"""

from benchmarks import _cost
from benchmarks._train import Measured, _setting


def measure(repeats: int) -> Measured:  # noqa: ARG001
    """Count them; nothing is timed, so once is enough."""
    setting = _setting.of("imagebert")
    there, computed = {"words": 0, "regions": 0}, {"words": 0, "regions": 0}
    for rows in setting.batches.order(0):
        batch = setting.batches.make(0, rows)
        for name, visible in (("words", batch.words), ("regions", batch.regions)):
            there[name] += int(visible.sum())
            computed[name] += visible.numel()
    table = [[name, there[name], computed[name]] for name in there]
    real, all_of = (float(sum(counts.values())) for counts in (there, computed))
    headings = ("tokens", "there", "computed")
    return Measured(headings, table, {"R2": _cost.ratios([real], [all_of])})
