"""A picture in, the boxes of a detector of one stage of torchvision out; weights are yours.

YOLO's kin under a permissive licence; YOLO's own weights go with the maker `detector`, as ONNX.
The file is a state dict (`.pth`, or `.safetensors`) of the named architecture, such as
`ssdlite320_mobilenet_v3_large_coco-a79551df.pth`, see `align.regions.detectors`.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from align.regions import detectors
from align.regions.makers import Maker
from curate.stage.params import parameters


@parameters
class Params:
    """The detector, and when it is believed."""

    weights: str  # path of its state dict
    architecture: Literal[
        "ssdlite320_mobilenet_v3_large",
        "ssd300_vgg16",
        "retinanet_resnet50_fpn",
        "retinanet_resnet50_fpn_v2",
        "fcos_resnet50_fpn",
    ] = "ssdlite320_mobilenet_v3_large"
    classes: Annotated[int, Field(ge=2)] = 91  # of the detector, the ground among them; COCO: 91
    side: Annotated[int, Field(ge=32)] | None = None  # pixels; null: as torchvision has it
    least: Annotated[float, Field(ge=0, le=1)] = 0.05  # score of a box


def weights(params: Params) -> Path:
    """The state dict.

    Raises:
        WeightsError: it is not there.
    """
    return detectors.there(params.weights, params.architecture)


def maker(params: Params) -> Maker:
    """What finds the boxes of a picture.

    Raises:
        WeightsError: the file is missing, or does not fit the architecture.
    """
    own = (params.architecture, params.classes, params.side, params.least)
    return detectors.maker(params.weights, *own)
