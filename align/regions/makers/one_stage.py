"""A picture in, the boxes of a detector of one stage of torchvision out; weights are yours.

YOLO's kin under a permissive licence; YOLO's own weights go with the maker `detector`, as ONNX.
The file is a state dict (`.pth`, or `.safetensors`) of the named architecture, such as
`ssdlite320_mobilenet_v3_large_coco-a79551df.pth`, see `align.regions.detectors`.
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
        "ssdlite320_mobilenet_v3_large",
        "ssd300_vgg16",
        "retinanet_resnet50_fpn",
        "retinanet_resnet50_fpn_v2",
        "fcos_resnet50_fpn",
    ] = "ssdlite320_mobilenet_v3_large"
