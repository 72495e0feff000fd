import io
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from curate.dataset import sets
from curate.dataset.errors import ParamsError, WeightsError
from curate.scorers import safety


def classifier(file, layout="NCHW"):
    """A model whose scores are a picture's means of red, green and blue."""
    shape, axes = ([1, 3, 8, 8], [2, 3]) if layout == "NCHW" else ([1, 8, 8, 3], [1, 2])
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["pixels", "axes"], ["classes"], keepdims=0)],
        "colours",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("classes", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(np.array(axes, np.int64), "axes")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, file)


@pytest.fixture
def scored(project, write_set):
    def call(**params):
        out = io.BytesIO()
        Image.new("RGB", (40, 30), (255, 51, 0)).save(out, "PNG")
        write_set(Path("pool"), [(out.getvalue(), "en", "orange")])
        rows = sets.located([Path("pool")])
        found = safety.score(rows, safety.Params(model="model.onnx", size=8, **params))
        return found.to_pylist()[0]["score"]

    return call


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
def test_the_score_is_that_of_the_class_asked_for(scored, layout):
    classifier("model.onnx", layout)
    plain = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "layout": layout}
    assert [scored(index=i, **plain) for i in range(3)] == pytest.approx([1, 0.2, 0])
    assert scored(layout=layout, index=1, output="classes") == pytest.approx(-0.6)


def test_logits_become_probabilities(scored):
    classifier("model.onnx")
    powers = np.exp([1, -0.6, -1])
    assert scored(softmax=True) == pytest.approx(powers[0] / powers.sum())


def test_other_weights_have_another_fingerprint(project):
    params = safety.Params(model="model.onnx")
    classifier("model.onnx")
    first = safety.fingerprint(params)
    classifier("model.onnx", "NHWC")
    assert safety.fingerprint(params) != first


def test_what_cannot_be_run_is_said(scored):
    with pytest.raises(WeightsError, match=r"no file model\.onnx \(safety's model\): export"):
        scored()
    Path("model.onnx").write_bytes(b"no model")
    with pytest.raises(WeightsError, match="no ONNX model"):
        scored()
    classifier("model.onnx")
    with pytest.raises(ParamsError, match="known: classes"):
        scored(output="nsfw")
    with pytest.raises(
        ParamsError, match=r"index is 3, counted from 0; model\.onnx gives 3 scores"
    ):
        scored(index=3)
    classifier("model.onnx", "NHWC")
    with pytest.raises(WeightsError, match=r"takes .* of 1 x 8 x 8 x 3, .* of 1 x 3 x 8 x 8"):
        scored()
