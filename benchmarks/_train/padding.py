"""Which share of the places that ImageBERT's layers compute holds a word or a region, in an epoch.

R2    tokens that are there over tokens that are computed
"""

from typing import Any

import torch

from benchmarks import _cost
from benchmarks._train import Measured, _setting
from curate.stage import machine
from train import examine


def measure(repeats: int) -> Measured:  # noqa: ARG001
    """Count what reaches the first layer; nothing is timed, so once is enough."""
    setting = _setting.of("imagebert")
    there, computed = [], []

    def count(_: Any, arguments: tuple[torch.Tensor, torch.Tensor]) -> None:
        there.append(int(arguments[1].sum()))
        computed.append(arguments[1].numel())

    model = setting.model
    hook = model.encoder.of_words()[0].register_forward_pre_hook(count)
    order = setting.batches.order(0)
    with torch.no_grad():
        for rows in order:
            batch = examine.ready(
                setting.batches, rows, model.plan, setting.tasks, setting.words, 0, 0
            )
            model.states(batch.to(machine.device()))
    hook.remove()
    table = [[len(order), sum(there), sum(computed)]]
    ratio = _cost.ratios([float(sum(there))], [float(sum(computed))])
    return Measured(("batches", "tokens there", "computed"), table, {"R2": ratio})
