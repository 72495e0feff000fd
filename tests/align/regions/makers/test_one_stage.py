import pytest

from align.regions.makers import faster_rcnn, one_stage
from curate.dataset.errors import ParamsError, WeightsError

SMALL = {"architecture": "ssdlite320_mobilenet_v3_large", "classes": 3, "least": 0.3}


def test_weights_of_another_kind_and_a_side_that_cannot_be_set_are_named(untrained, tmp_path):
    weights = untrained(SMALL["architecture"])
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
