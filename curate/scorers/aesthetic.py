"""Embeddings in; how pleasing each picture is to people, as a head of your own says it, out.

LAION's aesthetic predictors (Schuhmann et al., "LAION-5B", 2022) are such heads: a linear layer,
or some in a row, over the unit vector of a picture, trained on people's ratings. Theirs are for
OpenAI's ViT-L/14, give about 1 to 10, and have nothing between their layers (`activation: none`).
A head only knows the CLIP that it was trained with: `of` names a scorer with that model.
"""

import re
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa

from curate.dataset import memory
from curate.dataset.errors import WeightsError
from curate.stage import onnx_model
from curate.stage.params import parameters

KEY = "image"
SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),
        pa.field("aesthetic", pa.float32()),  # unit as the head's; null: no picture
    ]
)
DECIMALS = 4
_BATCH = 128  # pictures at once; always as many, so that none depends on those beside it
_ADVICE = (
    "put the head there, as .safetensors (weights and biases of linear layers) or .onnx; a file of "
    "torch becomes one by safetensors.torch.save_file(torch.load(file, weights_only=True), out)"
)


@parameters
class Params:
    """The head."""

    weights: Path  # .safetensors or .onnx
    activation: Literal["none", "relu"] = "none"  # between the layers of a .safetensors file


def fingerprint(params: Params) -> str:
    """Hash of the head.

    Raises:
        WeightsError: there is none.
    """
    return memory.fingerprint(_head(params))


def judged(vectors: np.ndarray, params: Params) -> dict[str, pa.Array]:
    """What the head says of each of (n, D) unit vectors.

    Raises:
        WeightsError: there is no head, or it is one for other vectors.
    """
    file = _head(params)
    ask = _by_onnx if file.suffix == ".onnx" else _by_layers
    found = ask(vectors, file, params)
    if found.shape != (len(vectors),):
        each = found.size / len(vectors)
        raise WeightsError(f"{file} gives {each:g} numbers for a picture, not one: it is no head")
    return {"aesthetic": pa.array(found.round(DECIMALS), pa.float32())}


def _head(params: Params) -> Path:
    """The file, if it is there and of a kind that is read."""
    file = onnx_model.there(params.weights, "aesthetic's weights", _ADVICE)
    if file.suffix not in (".safetensors", ".onnx"):
        raise WeightsError(
            f"{file} is neither .safetensors nor .onnx, and a pickle may run any code: {_ADVICE}"
        )
    return file


def _by_onnx(vectors: np.ndarray, file: Path, params: Params) -> np.ndarray:  # noqa: ARG001
    model = onnx_model.Model(file)
    most, width = model.shape if len(model.shape) == 2 else (None, None)
    if isinstance(width, int):
        _check_width(width, vectors, file)
    block = most if isinstance(most, int) else _BATCH
    output = model.output(None, "")
    parts = []
    for start in range(0, len(vectors), block):
        part = vectors[start : start + block]
        filled = np.resize(part, (block, part.shape[1])).astype(np.float32)
        parts.append(model.run(filled, output)[: len(part)])
    answers = np.concatenate(parts).astype(np.float64)
    return answers.reshape(len(answers)) if answers.size == len(answers) else answers


def _by_layers(vectors: np.ndarray, file: Path, params: Params) -> np.ndarray:
    layers = _layers(file)
    _check_width(layers[0][0].shape[1], vectors, file)
    values = vectors.astype(np.float64)
    for number, (weight, bias) in enumerate(layers):
        if number and params.activation == "relu":
            values = np.maximum(values, 0)
        values = values @ weight.T + bias
    return values[:, 0] if values.shape[1] == 1 else values


def _layers(file: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weight (out, in) and bias (out,) of each linear layer, in the order of their names' numbers.

    Raises:
        WeightsError: the file holds something else than linear layers that follow each other.
    """
    from safetensors.numpy import load_file

    try:
        tensors = {name: value.astype(np.float64) for name, value in load_file(file).items()}
    except Exception as error:  # its own class, or TypeError for bfloat16
        raise WeightsError(f"{file} cannot be read as safetensors: {error}") from error
    stems = sorted(
        {name.rpartition("weight")[0] for name in tensors if name.endswith("weight")}, key=_natural
    )
    left = set(tensors) - {f"{stem}{part}" for stem in stems for part in ("weight", "bias")}
    shapes = {name: value.shape for name, value in sorted(tensors.items())}
    if not stems or left or any(tensors[f"{stem}weight"].ndim != 2 for stem in stems):
        raise WeightsError(f"{file} holds {shapes}, not weights and biases of linear layers alone")
    layers = []
    for stem in stems:
        weight = tensors[f"{stem}weight"]
        bias = tensors.get(f"{stem}bias", np.zeros(len(weight)))
        layers.append((weight, bias))
    fit = all(first[0].shape[0] == second[0].shape[1] for first, second in pairwise(layers))
    if not fit or any(bias.shape != (len(weight),) for weight, bias in layers):
        raise WeightsError(f"{file} holds {shapes}: layers that do not fit behind each other")
    return layers


def _natural(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: layers.10 comes after layers.9."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _check_width(width: int, vectors: np.ndarray, file: Path) -> None:
    if width != vectors.shape[1]:
        raise WeightsError(
            f"{file} is for vectors of {width} numbers, the embeddings have {vectors.shape[1]}: it "
            "was trained with another CLIP; name a scorer with that one by `of`"
        )
