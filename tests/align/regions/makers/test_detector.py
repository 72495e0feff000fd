import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from align.regions.makers import detector
from curate.dataset.errors import ParamsError, WeightsError


def saved(folder, answers, side=64):
    """A model that says the same of every picture, (name, values) for each of its outputs."""
    nodes, outputs, constants = [], [], []
    for name, values in answers:
        constants.append(numpy_helper.from_array(values.astype(np.float32), f"{name}.values"))
        # what the picture adds is nothing, and yet it is asked for
        nodes.append(helper.make_node("ReduceMean", ["images"], [f"{name}.mean"], keepdims=0))
        nodes.append(helper.make_node("Mul", [f"{name}.mean", "nothing"], [f"{name}.none"]))
        nodes.append(helper.make_node("Add", [f"{name}.values", f"{name}.none"], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, values.shape))
    constants.append(numpy_helper.from_array(np.float32(0), "nothing"))
    given = [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])]
    graph = helper.make_graph(nodes, "detector", given, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "detector.onnx")
    return str(folder / "detector.onnx")


def test_boxes_of_a_letterboxed_picture_are_those_of_the_picture(tmp_path):
    # 64 x 32 pixels lie in the middle of a square of 64: the box is the left half of them
    rows = np.array([[[16, 32, 32, 32, 0.9, 0.2]]]).transpose(0, 2, 1)
    file = saved(tmp_path, [("output0", rows)])
    find = detector.maker(detector.Params(weights=file, size=64))
    found = find(Image.new("RGB", (200, 100), "red"), None)
    assert found.boxes.tolist() == [[0, 0, 0.5, 1]]
    assert found.scores == pytest.approx([0.9])
    assert found.detected.tolist() == [0]


def test_of_a_squashed_picture_too_and_those_below_the_least_score_are_left_out(tmp_path):
    logits = np.array([[[3.0, -3.0], [-9.0, -9.0]]])
    boxes = np.array([[[0.5, 0.5, 0.5, 1.0], [0.1, 0.1, 0.1, 0.1]]])
    file = saved(tmp_path, [("pred_boxes", boxes), ("logits", logits)])
    own = {"size": 64, "form": "rtdetr", "fit": "squash", "outputs": ("logits", "pred_boxes")}
    find = detector.maker(detector.Params(weights=file, **own))
    found = find(Image.new("RGB", (200, 100), "red"), None)
    assert found.boxes.tolist() == [[0.25, 0, 0.75, 1]]
    assert found.scores == pytest.approx([1 / (1 + np.exp(-3))])


def test_what_is_missing_or_does_not_fit_is_said(tmp_path):
    with pytest.raises(WeightsError, match=r"maker\.weights.*set maker\.kind to proposals"):
        detector.weights(detector.Params(weights=str(tmp_path / "none.onnx")))
    file = saved(tmp_path, [("output0", np.zeros((1, 6, 3)))])
    with pytest.raises(ParamsError, match="form yolo has 1"):
        detector.maker(detector.Params(weights=file, outputs=("a", "b")))
    with pytest.raises(ParamsError, match="no output 'a'"):
        detector.maker(detector.Params(weights=file, outputs=("a",)))
    find = detector.maker(detector.Params(weights=file, size=64, form="detr"))
    with pytest.raises(WeightsError, match="not of the form 'detr'"):
        find(Image.new("RGB", (20, 10)), None)
