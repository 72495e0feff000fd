import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from align.regions.makers import faster_rcnn, one_stage

KINDS = {
    "faster_rcnn": (faster_rcnn, "fasterrcnn_mobilenet_v3_large_320_fpn", "box_score_thresh", 0.0),
    "one_stage": (one_stage, "ssdlite320_mobilenet_v3_large", "score_thresh", 0.3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_boxes_are_torchvisions_relative_to_the_picture(kind, untrained):
    module, architecture, threshold, least = KINDS[kind]
    weights = untrained(architecture)
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    own = {"architecture": architecture, "classes": 3, "least": least}
    found = module.maker(module.Params(weights=weights, **own))(picture, None)
    build = getattr(torchvision.models.detection, architecture)
    network = build(weights=None, weights_backbone=None, num_classes=3, **{threshold: least})
    network.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255
        wanted = network.eval()([values])[0]
    boxes = wanted["boxes"].numpy().clip(0)
    assert len(found.boxes) == len(wanted["boxes"]) > 0
    assert np.allclose(found.boxes * [90, 60, 90, 60], boxes, atol=1e-3)
    assert np.array_equal(found.detected, wanted["labels"].numpy())
    assert ((found.boxes >= 0) & (found.boxes <= 1)).all()
