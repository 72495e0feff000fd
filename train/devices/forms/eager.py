"""PyTorch as it trained, in float32."""

import shutil
from pathlib import Path

import numpy as np
import torch

from train.devices.forms import Inputs, Match
from train.devices.matching import Matching, tensors
from train.model import CONFIG_FILE, WEIGHTS_FILE, load


def write(model: Path, out: Path, sample: Inputs) -> None:  # noqa: ARG001
    """Copy the plan and the weights."""
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        shutil.copy(model / name, out / name)


def read(folder: Path) -> Match:
    """Run it by PyTorch."""
    return run(Matching(load(folder)))


def run(matching: Matching) -> Match:
    """Log-odds by a module in memory."""

    def match(inputs: Inputs) -> np.ndarray:
        with torch.no_grad():  # torchao's weights are none for inference mode
            found: np.ndarray = matching.eval()(*tensors(inputs)).float().numpy()
        return found

    return match
