import numpy as np
import pytest
import torch
import torchvision
from PIL import Image

from align.regions.makers import faster_rcnn, one_stage
from curate.dataset.errors import ParamsError, WeightsError

SMALL = {"architecture": "ssdlite320_mobilenet_v3_large", "classes": 3, "least": 0.3}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A state dict of a network that has learnt nothing."""
    torch.manual_seed(0)
    build = torchvision.models.detection.ssdlite320_mobilenet_v3_large
    network = build(weights=None, weights_backbone=None, num_classes=3)
    file = tmp_path_factory.mktemp("weights") / "detector.pth"
    torch.save(network.state_dict(), file)
    return str(file)


def test_its_boxes_are_torchvisions_relative_to_the_picture(weights):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8))
    found = one_stage.maker(one_stage.Params(weights=weights, **SMALL))(picture, None)
    build = torchvision.models.detection.ssdlite320_mobilenet_v3_large
    network = build(weights=None, weights_backbone=None, num_classes=3, score_thresh=0.3)
    network.load_state_dict(torch.load(weights, weights_only=True))
    with torch.inference_mode():
        values = torch.from_numpy(np.array(picture)).permute(2, 0, 1) / 255
        wanted = network.eval()([values])[0]
    assert len(found.boxes) == len(wanted["boxes"]) > 0
    assert np.allclose(found.boxes * [90, 60, 90, 60], wanted["boxes"].numpy().clip(0), atol=1e-3)
    assert np.array_equal(found.detected, wanted["labels"].numpy())
    assert ((found.boxes >= 0) & (found.boxes <= 1)).all()


def test_weights_of_another_kind_and_a_side_that_cannot_be_set_are_named(weights, tmp_path):
    gone = one_stage.Params(weights=str(tmp_path / "gone.pth"))
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth.*torchvision's ssdlite320"):
        one_stage.weights(gone)
    with pytest.raises(WeightsError, match=r"does not fit ssdlite320.* of 5 classes"):
        one_stage.maker(one_stage.Params(weights=weights, **{**SMALL, "classes": 5}))
    with pytest.raises(ParamsError, match=r"side: ssdlite320.* squares of one size"):
        one_stage.maker(one_stage.Params(weights=weights, side=96, **SMALL))
    two_stages = "fasterrcnn_mobilenet_v3_large_320_fpn"
    with pytest.raises(WeightsError, match=rf"does not fit {two_stages}"):
        faster_rcnn.maker(faster_rcnn.Params(weights=weights, architecture=two_stages, side=96))
