import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from align.regions.makers import faster_rcnn
from curate.dataset.errors import WeightsError

SMALL = {"architecture": "fasterrcnn_mobilenet_v3_large_320_fpn", "classes": 3, "least": 0.0}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A state dict of a network that has learnt nothing."""
    torch.manual_seed(0)
    build = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn
    network = build(weights=None, weights_backbone=None, num_classes=3)
    file = tmp_path_factory.mktemp("weights") / "detector.pth"
    torch.save(network.state_dict(), file)
    return str(file)


def test_its_boxes_are_torchvisions_relative_to_the_picture(weights):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    found = faster_rcnn.maker(faster_rcnn.Params(weights=weights, **SMALL))(picture, None)
    build = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn
    network = build(weights=None, weights_backbone=None, num_classes=3, box_score_thresh=0.0)
    network.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255
        wanted = network.eval()([values])[0]
    assert len(found.boxes) == len(wanted["boxes"]) > 0
    assert np.allclose(found.boxes * [90, 60, 90, 60], wanted["boxes"].numpy(), atol=1e-3)
    assert np.array_equal(found.detected, wanted["labels"].numpy())
    assert ((found.boxes >= 0) & (found.boxes <= 1)).all()


def test_weights_that_are_missing_or_of_another_architecture_are_named(weights, tmp_path):
    gone = faster_rcnn.Params(weights=str(tmp_path / "gone.pth"))
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth.*set maker\.kind to proposals"):
        faster_rcnn.weights(gone)
    other = faster_rcnn.Params(weights=weights, **{**SMALL, "classes": 5})
    with pytest.raises(WeightsError, match=r"does not fit fasterrcnn_mobilenet.* of 5 classes"):
        faster_rcnn.maker(other)
