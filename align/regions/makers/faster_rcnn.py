"""A picture in, the boxes of a Faster R-CNN of torchvision out; its weights are a file of yours.

The file is a state dict (`.pth`, or `.safetensors`) of the named architecture, such as
`fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth`; nothing is downloaded.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import torch
from PIL import Image
from pydantic import Field

from align.regions.makers import Found, Maker
from curate.dataset.errors import WeightsError
from curate.stage.params import parameters

_KEY = "label_linked.regions.maker.weights"


@parameters
class Params:
    """The detector, and when it is believed."""

    weights: str  # path of its state dict
    architecture: Literal[
        "fasterrcnn_resnet50_fpn",
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "fasterrcnn_mobilenet_v3_large_320_fpn",
    ] = "fasterrcnn_resnet50_fpn_v2"
    classes: Annotated[int, Field(ge=2)] = 91  # of the detector, the ground among them; COCO: 91
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
        WeightsError: the file is missing, or does not fit the architecture.
    """
    import torchvision

    file = weights(params)
    build = getattr(torchvision.models.detection, params.architecture)
    network = build(
        weights=None,
        weights_backbone=None,
        num_classes=params.classes,
        box_score_thresh=params.least,
    )
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


def _read(file: Path) -> Any:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    return torch.load(file, map_location="cpu", weights_only=True)
