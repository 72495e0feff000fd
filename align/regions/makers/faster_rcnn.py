"""A picture in, the boxes of a Faster R-CNN of torchvision out; its weights are a file of yours.

The file is a state dict (`.pth`, or `.safetensors`) of the named architecture, such as
`fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth`, see `align.regions.detectors`.
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
        "fasterrcnn_resnet50_fpn",
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "fasterrcnn_mobilenet_v3_large_320_fpn",
    ] = "fasterrcnn_resnet50_fpn_v2"
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
