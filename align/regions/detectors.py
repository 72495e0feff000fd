"""A detector of torchvision by name in; the network, weights of a file, and what it finds, out.

Those of two stages propose and then judge (Faster R-CNN), those of one judge every place at once,
as YOLO does (SSD, RetinaNet, FCOS). Weights are a state dict of the named architecture (`.pth`, or
`.safetensors`), of torchvision's own or of yours; nothing is downloaded.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image
from torch import nn

from align.regions.makers import Found, Maker
from curate.dataset.errors import ParamsError, WeightsError

KEY = "label_linked.regions.maker.weights"


def build(architecture: str, classes: int, side: int | None, least: float = 0.0) -> nn.Module:
    """The network, with fresh weights.

    Args:
        architecture: torchvision's name.
        classes: of the detector, the ground among them.
        side: pixels of the longest side at which it looks; None: as torchvision has it.
        least: score of a box.

    Raises:
        ParamsError: its side cannot be set.
    """
    two_stages = architecture.startswith("fasterrcnn")
    wanted: dict[str, Any] = {("box_" if two_stages else "") + "score_thresh": least}
    if side is not None:
        if architecture.startswith("ssd"):
            raise ParamsError(f"side: {architecture} looks at squares of one size; leave it out")
        wanted |= {"min_size": side, "max_size": side}
    make = getattr(torchvision.models.detection, architecture)
    network: nn.Module = make(weights=None, weights_backbone=None, num_classes=classes, **wanted)
    return network


def there(weights: str, architecture: str) -> Path:
    """The file of weights.

    Raises:
        WeightsError: it is not there.
    """
    file = Path(weights)
    if not file.is_file():
        raise WeightsError(
            f"no file {file} ({KEY}): put a state dict of torchvision's {architecture} there, or "
            "set maker.kind to proposals, which needs none"
        )
    return file


def maker(weights: str, architecture: str, classes: int, side: int | None, least: float) -> Maker:
    """What finds the boxes of a picture.

    Raises:
        WeightsError: the file is missing, or does not fit the architecture.
    """
    file = there(weights, architecture)
    network = build(architecture, classes, side, least)
    try:
        network.load_state_dict(_read(file))
    except Exception as error:  # whatever a file of another form raises
        said = str(error).split("\n\t")[0]
        raise WeightsError(
            f"{file} ({KEY}) does not fit {architecture} of {classes} classes: {said}"
        ) from error
    network.eval()

    @torch.inference_mode()
    def find(picture: Image.Image, alpha: np.ndarray | None) -> Found:  # noqa: ARG001
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255
        found = network([values])[0]
        scale = np.array([picture.width, picture.height] * 2, np.float32)
        boxes = (found["boxes"].numpy() / scale).clip(0, 1).astype(np.float32)
        classes = found["labels"].numpy().astype(np.int32)
        return Found(boxes, found["scores"].numpy(), classes, picture)

    return find


def _read(file: Path) -> Any:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return torch.load(file, map_location="cpu", weights_only=True)
