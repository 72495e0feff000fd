"""ONNX in float32, of any number of pairs and of captions of any length, run by onnxruntime."""

from pathlib import Path

import numpy as np

from curate.dataset.errors import WeightsError
from train.devices import lacking
from train.devices.forms import Inputs, Match

FILE = "match.onnx"
_OUTPUT = "log_odds"
_THREADS = 1  # a device's core; more are for other pairs


def write(model: Path, out: Path, sample: Inputs) -> None:
    """Trace what matching needs, by `torch.export` and torch's exporter to ONNX.

    Raises:
        ParamsError: onnxscript is not installed.
    """
    with lacking.told("onnxscript"):
        import onnxscript  # noqa: F401
    import torch

    from train.devices.matching import Matching, alone, names, tensors
    from train.model import load

    matching = Matching(alone(load(model))).eval()
    axes = {"tokens": 2}  # of any length: pairs, and a caption's words
    free = {
        name: dict.fromkeys(range(axes.get(name, 1)), torch.export.Dim.DYNAMIC)
        for name in names(sample)
    }
    given = tensors(sample)
    with torch.no_grad():
        graph = torch.export.export(
            matching, given, dynamic_shapes=tuple(free.values()), strict=True
        )
    traced = torch.onnx.export(
        graph,
        given,
        input_names=[*free],
        output_names=[_OUTPUT],
        dynamo=True,
        verbose=False,
    )
    assert traced is not None
    for node in traced.model.graph.all_nodes():
        node.metadata_props.clear()  # the exporter's stack traces: 230 kB, and this machine's paths
    traced.save(str(out / FILE), external_data=False)


def read(folder: Path) -> Match:
    """Run it by onnxruntime, on one thread; torch is not loaded.

    Raises:
        ParamsError: onnxruntime is not installed.
        WeightsError: the file is missing or damaged.
    """
    with lacking.told("onnxruntime"):
        import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = _THREADS
    try:
        session = onnxruntime.InferenceSession(
            str(folder / FILE), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own have no common class
        raise WeightsError(f"{folder / FILE} cannot be read: {error}; make it again") from error
    taken = [wanted.name for wanted in session.get_inputs()]

    def match(inputs: Inputs) -> np.ndarray:
        (found,) = session.run([_OUTPUT], {name: inputs[name] for name in taken})
        return np.asarray(found, np.float32)

    return match
