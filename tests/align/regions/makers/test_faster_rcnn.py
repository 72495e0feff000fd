import pytest

from align.regions.makers import faster_rcnn
from curate.dataset.errors import WeightsError

SMALL = {"architecture": "fasterrcnn_mobilenet_v3_large_320_fpn", "classes": 3, "least": 0.0}


def test_weights_that_are_missing_or_of_another_architecture_are_named(untrained, tmp_path):
    gone = faster_rcnn.Params(weights=str(tmp_path / "gone.pth"))
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth.*set maker\.kind to proposals"):
        faster_rcnn.weights(gone)
    weights = untrained(SMALL["architecture"])
    other = faster_rcnn.Params(weights=weights, **{**SMALL, "classes": 5})
    with pytest.raises(WeightsError, match=r"does not fit fasterrcnn_mobilenet.* of 5 classes"):
        faster_rcnn.maker(other)
