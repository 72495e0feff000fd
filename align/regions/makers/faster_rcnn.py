"""A picture in, the boxes of a Faster R-CNN of torchvision out; its weights are a file of yours.

The file is a state dict (`.pth`, or `.safetensors`) of the named architecture, such as
`fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth`, see `align.regions.detectors`.
"""

from typing import Literal

from align.regions import detectors
from align.regions.detectors import maker, weights
from curate.stage.params import parameters

__all__ = ["Params", "maker", "weights"]


@parameters
class Params(detectors.Params):
    """The detector, and when it is believed."""

    architecture: Literal[
        "fasterrcnn_resnet50_fpn",
        "fasterrcnn_resnet50_fpn_v2",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "fasterrcnn_mobilenet_v3_large_320_fpn",
    ] = "fasterrcnn_resnet50_fpn_v2"
