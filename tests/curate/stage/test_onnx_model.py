import onnx
import pytest
from onnx import TensorProto, helper

from curate.dataset.errors import WeightsError
from curate.stage import onnx_model


def test_a_model_of_two_inputs_is_refused_by_their_names(tmp_path):
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "abc"]
    graph = helper.make_graph(
        [helper.make_node("Add", ["a", "b"], ["c"])], "sum", values[:2], values[2:]
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, tmp_path / "sum.onnx")
    with pytest.raises(WeightsError, match=r"takes 2 inputs \(a, b\), not one"):
        onnx_model.Model(tmp_path / "sum.onnx")
