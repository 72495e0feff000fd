"""PyTorch with weights of 8 bits, each row of a matrix with a scale of its own, by torchao.

Activations stay in float32: torchao's products of 8 by 8 bits are several times slower on a CPU
unless they are compiled. Weights lie in safetensors, named as torchao names them.
"""

from pathlib import Path

import torch
from torch import nn

from curate.dataset.errors import WeightsError
from train import weights
from train.devices import lacking
from train.devices.forms import Inputs, Match, eager
from train.devices.matching import Matching, alone
from train.model import WEIGHTS_FILE, Model, like, load, save

_WORDS = "text.word"  # the table whose rows are looked up and never added as a whole


def write(model: Path, out: Path, sample: Inputs) -> None:  # noqa: ARG001
    """Round the weights of what matching needs.

    Raises:
        ParamsError: torchao is not installed.
    """
    with lacking.told("torchao"):
        from torchao.prototype.safetensors.safetensors_support import flatten_tensor_state_dict

    rounded = alone(load(model))
    _round(rounded)
    parts, told = flatten_tensor_state_dict(rounded.state_dict())
    save(rounded, out, parts, told)


def read(folder: Path) -> Match:
    """Run it by PyTorch.

    Raises:
        ParamsError: torchao is not installed.
        WeightsError: a file is missing or damaged.
    """
    with lacking.told("torchao"):
        from torchao.prototype.safetensors.safetensors_support import unflatten_tensor_state_dict

    model = like(folder, WEIGHTS_FILE)
    file = folder / WEIGHTS_FILE
    whole, left = unflatten_tensor_state_dict(weights.read(file), weights.told(file))
    if left:
        raise WeightsError(f"{file} holds weights that torchao cannot read: {', '.join(left)}")
    model.load_state_dict(whole, assign=True)
    return eager.run(Matching(model))


def _round(model: Model) -> None:
    from torchao.quantization import (
        Int8WeightOnlyConfig,
        IntxWeightOnlyConfig,
        PerAxis,
        quantize_,
    )

    def table(module: nn.Module, name: str) -> bool:
        return name == _WORDS and isinstance(module, nn.Embedding)

    quantize_(model, Int8WeightOnlyConfig())
    by_row = IntxWeightOnlyConfig(weight_dtype=torch.int8, granularity=PerAxis(0))
    quantize_(model, by_row, filter_fn=table)
