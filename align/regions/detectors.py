"""A detector of torchvision by name in; the network, weights of a file, and what it finds, out.

Those of two stages propose and then judge (Faster R-CNN), those of one judge every place at once,
as YOLO does (SSD, RetinaNet, FCOS). Weights are a state dict of the named architecture (`.pth`, or
`.safetensors`), of torchvision's own or of yours; nothing is downloaded.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import torchvision
from PIL import Image
from pydantic import Field
from torch import nn

from align.regions.makers import Found, Maker
from curate.dataset.errors import ParamsError, WeightsError
from curate.stage.params import parameters

_KEY = "label_linked.regions.maker.weights"


@parameters
class Params:
    """The detector, and when it is believed."""

    weights: str  # path of its state dict
    architecture: str  # torchvision's name; a maker says which it has
    classes: Annotated[int, Field(ge=2)] = 91  # of the detector, the ground among them; COCO: 91
    side: Annotated[int, Field(ge=32)] | None = None  # pixels; null: as torchvision has it
    least: Annotated[float, Field(ge=0, le=1)] = 0.05  # score of a box


def weights(params: Params) -> Path:
    """The state dict.

    Raises:
        WeightsError: it is not there.
    """
    file = Path(params.weights)
    if not file.is_file():
        raise WeightsError(
            f"no file {file} ({_KEY}): put a state dict of torchvision's {params.architecture} "
            "there, or set maker.kind to proposals, which needs none"
        )
    return file


def maker(params: Params) -> Maker:
    """What finds the boxes of a picture.

    Raises:
        ParamsError: the side at which the detector looks cannot be set.
        WeightsError: the file is missing, or does not fit the architecture.
    """
    file, network = weights(params), _network(params)
    try:
        network.load_state_dict(_read(file))
    except Exception as error:  # whatever a file of another form raises
        said = str(error).split("\n\t")[0]
        raise WeightsError(
            f"{file} ({_KEY}) does not fit {params.architecture} of {params.classes} classes: "
            f"{said}"
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


def _network(params: Params) -> nn.Module:
    """The network, with fresh weights."""
    two_stages = params.architecture.startswith("fasterrcnn")
    wanted: dict[str, Any] = {("box_" if two_stages else "") + "score_thresh": params.least}
    if params.side is not None:
        if params.architecture.startswith("ssd"):
            raise ParamsError(
                f"side: {params.architecture} looks at squares of one size; leave it out"
            )
        wanted |= {"min_size": params.side, "max_size": params.side}
    make = getattr(torchvision.models.detection, params.architecture)
    network: nn.Module = make(
        weights=None, weights_backbone=None, num_classes=params.classes, **wanted
    )
    return network


def _read(file: Path) -> Any:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return torch.load(file, map_location="cpu", weights_only=True)
