"""Small detectors that take what is bright for a face, in the two forms that are read."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BRIGHT = 0.85  # of white


def _save(
    file: Path,
    nodes: list[onnx.NodeProto],
    shape: list[int],
    outputs: dict[str, list[int]],
    constants: dict[str, np.ndarray],
    opset: int,
) -> None:
    graph = helper.make_graph(
        nodes,
        "bright",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.save(made, file)


def boxes_model(file: Path, size: int, least: float = BRIGHT) -> None:
    """Gives one row (1, 1, 5): the box around all bright pixels, and 1, or 0 without any."""
    places = np.arange(size, dtype=np.float32)
    constants = {
        "least": np.array(least, np.float32),
        "size": np.array([size], np.float32),
        "ends": places + 1,
        "starts": size - places,
    }
    node = helper.make_node
    nodes = [
        node("ReduceMean", ["input"], ["grey"], axes=[1], keepdims=0),  # (1, S, S)
        node("Greater", ["grey", "least"], ["is_bright"]),
        node("Cast", ["is_bright"], ["bright"], to=TensorProto.FLOAT),
        node("ReduceMax", ["bright"], ["columns"], axes=[0, 1], keepdims=0),  # (S,)
        node("ReduceMax", ["bright"], ["rows"], axes=[0, 2], keepdims=0),
        node("ReduceMax", ["bright"], ["score"], axes=[0, 1, 2], keepdims=0),
    ]
    for axis, line in (("x", "columns"), ("y", "rows")):
        nodes += [
            node("Mul", [line, "starts"], [f"{axis}_before"]),
            node("ReduceMax", [f"{axis}_before"], [f"{axis}_most"], axes=[0], keepdims=1),
            node("Sub", ["size", f"{axis}_most"], [f"{axis}1"]),
            node("Mul", [line, "ends"], [f"{axis}_after"]),
            node("ReduceMax", [f"{axis}_after"], [f"{axis}2"], axes=[0], keepdims=1),
        ]
    constants["one"] = np.array([1], np.int64)
    constants["form"] = np.array([1, 1, 5], np.int64)
    nodes += [
        node("Reshape", ["score", "one"], ["scores"]),
        node("Concat", ["x1", "y1", "x2", "y2", "scores"], ["row"], axis=0),
        node("Reshape", ["row", "form"], ["faces"]),
    ]
    _save(file, nodes, [1, 3, size, size], {"faces": [1, 1, 5]}, constants, 12)


def yunet_model(file: Path, size: int) -> None:
    """Has YuNet's twelve outputs: each bright cell of 32 pixels is a face of just that cell."""
    node = helper.make_node
    nodes = [node("Conv", ["input", "mean"], ["grey"], kernel_shape=[1, 1])]
    constants = {
        "mean": np.full((1, 3, 1, 1), 1 / 3 / 255, np.float32),
        "least": np.array([-BRIGHT], np.float32),
        "steep": np.array([1000], np.float32),
    }
    outputs = {}
    for stride in (8, 16, 32):
        count, pooled = (size // stride) ** 2, f"pooled_{stride}"
        weak = np.array([1.0 if stride == 32 else 0.0], np.float32)
        constants[f"weak_{stride}"] = weak
        kernel = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
        nodes += [
            node("AveragePool", ["grey"], [pooled], **kernel),
            node("Add", [pooled, "least"], [f"over_{stride}"]),
            node("Mul", [f"over_{stride}", "steep"], [f"far_{stride}"]),
            node("Sigmoid", [f"far_{stride}"], [f"sure_{stride}"]),
            node("Mul", [f"sure_{stride}", f"weak_{stride}"], [f"map_{stride}"]),
        ]
        constants[f"centre_{stride}"] = np.zeros((4, 1, 1, 1), np.float32)
        constants[f"offset_{stride}"] = np.array([0.5, 0.5, 0, 0], np.float32)  # middle; log of 1
        constants[f"marks_{stride}"] = np.zeros((10, 1, 1, 1), np.float32)
        nodes += [
            node(
                "Conv", [f"map_{stride}", f"centre_{stride}", f"offset_{stride}"], [f"box_{stride}"]
            ),
            node("Conv", [f"map_{stride}", f"marks_{stride}"], [f"mark_{stride}"]),
        ]
        for name, given, wide in (
            (f"cls_{stride}", f"map_{stride}", 1),
            (f"obj_{stride}", f"map_{stride}", 1),
            (f"bbox_{stride}", f"box_{stride}", 4),
            (f"kps_{stride}", f"mark_{stride}", 10),
        ):
            constants[f"form_{name}"] = np.array([1, -1, wide], np.int64)
            nodes += [
                node("Transpose", [given], [f"{name}_last"], perm=[0, 2, 3, 1]),
                node("Reshape", [f"{name}_last", f"form_{name}"], [name]),
            ]
            outputs[name] = [1, count, wide]
    _save(file, nodes, [1, 3, size, size], outputs, constants, 11)
