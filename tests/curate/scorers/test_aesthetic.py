import re
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from curate import scorer, scoring
from curate.dataset.errors import WeightsError
from curate.embeddings import Embeddings, raw, write

TEXTS = raw("texts", {"x": np.array([1.0, 0])})


def scored(vectors, weights, **params):
    write(Embeddings(raw("images", vectors), TEXTS), Path("vectors"))
    columns = ("uid", "image", "set", "shard", "offset")
    pairs = pa.table({column: [*vectors, "lost"] for column in columns})
    asked = scorer.asked("here.aesthetic", {"weights": weights, **params})
    table = scoring.table_of(asked, scoring.Pool(pairs, Path("vectors"))).sort_by("image")
    assert table.column("image").to_pylist() == [*vectors, "lost"]
    *found, lost = table.column("aesthetic").to_pylist()
    assert lost is None
    return found


def about(*values):
    """As near as vectors are kept, in half precision."""
    return pytest.approx(list(values), rel=2e-3)


VECTORS = {"a": np.array([2.0, 0]), "b": np.array([0, 5.0]), "c": np.array([-3.0, 4.0])}


def layer(out, number=None):
    stem = "" if number is None else f"layers.{number}."
    weight, bias = out
    return {
        f"{stem}weight": np.array(weight, np.float32),
        f"{stem}bias": np.array(bias, np.float32),
    }


def test_a_linear_head_is_asked_about_unit_vectors(project):
    save_file(layer(([[3, 4]], [1])), "head.safetensors")
    # (1, 0) -> 3 + 1, (0, 1) -> 4 + 1, (-0.6, 0.8) -> -1.8 + 3.2 + 1
    assert scored(VECTORS, "head.safetensors") == about(4, 5, 2.4)


TWO = layer(([[1, 0], [0, 2], [1, -1]], [0, 0, -0.5]), 2) | layer(([[1, 10, 100]], [7]), 10)


def test_layers_follow_each_other_by_number_with_nothing_between_them(project):
    save_file(TWO, "head.safetensors")
    # (1, 0) -> (1, 0, 0.5) -> 58; (0, 1) -> (0, 2, -1.5) -> -123; c -> (-0.6, 1.6, -1.9) -> -167.6
    assert scored(VECTORS, "head.safetensors") == about(58, -123, -167.6)


def test_with_relu_what_is_negative_between_layers_counts_as_zero(project):
    save_file(TWO, "head.safetensors")
    found = scored(VECTORS, "head.safetensors", activation="relu")
    assert found == about(58, 27, 23)


def exported(rows):
    """The linear head (3, 4), 1, as an ONNX model for so many rows at once."""
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["vectors", "weight", "bias"], ["scores"], transB=1)],
        "head",
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [rows, 2])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [rows, 1])],
        [numpy_helper.from_array(value, name) for name, value in layer(([[3, 4]], [1])).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(made, "head.onnx")


@pytest.mark.parametrize("rows", ["n", 1, 2])
def test_an_onnx_head_says_the_same_however_many_rows_it_takes(project, rows):
    exported(rows)
    assert scored(VECTORS, "head.onnx") == about(4, 5, 2.4)


def test_another_head_judges_all_anew_and_the_same_one_only_what_is_new(project, capsys):
    def told(vectors):
        values = scored(vectors, "head.safetensors")
        return values, re.search(r"(\d+) of them remembered", capsys.readouterr().err).group(1)

    save_file(layer(([[3, 4]], [1])), "head.safetensors")
    assert told({"a": VECTORS["a"]}) == ([4], "0")
    assert told(VECTORS) == (about(4, 5, 2.4), "1")
    save_file(layer(([[3, 4]], [0])), "head.safetensors")
    assert told(VECTORS) == (about(3, 4, 1.4), "0")


def test_a_head_for_another_clip_is_refused(project):
    vectors = {"a": np.array([1.0, 0, 0])}
    save_file(layer(([[3, 4]], [1])), "head.safetensors")
    exported("n")
    for head in ("head.safetensors", "head.onnx"):
        with pytest.raises(WeightsError, match="for vectors of 2 numbers, the embeddings have 3"):
            scored(vectors, head)


def test_what_is_no_head_is_said(project):
    with pytest.raises(WeightsError, match=r"no file head\.onnx \(aesthetic's weights\): put"):
        scored(VECTORS, "head.onnx")
    Path("head.pth").write_bytes(b"a pickle")
    with pytest.raises(WeightsError, match=r"a pickle may run any code: .*weights_only=True"):
        scored(VECTORS, "head.pth")
    Path("head.safetensors").write_bytes(b"no tensors")
    with pytest.raises(WeightsError, match="cannot be read as safetensors"):
        scored(VECTORS, "head.safetensors")
    wrong = {
        "gives 3 numbers for a picture": layer(([[1, 2]] * 3, [0] * 3)),
        "layers that do not fit": layer(([[1, 2]], [0]), 0) | layer(([[1, 2]], [0]), 1),
        "not weights and biases of linear layers alone": layer(([[1, 2]], [0]))
        | {"positions": np.zeros((2, 2), np.float32)},
    }
    for said, tensors in wrong.items():
        save_file(tensors, "head.safetensors")
        with pytest.raises(WeightsError, match=said):
            scored(VECTORS, "head.safetensors")
