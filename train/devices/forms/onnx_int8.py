"""ONNX with weights of 8 bits: matrix products round activations as they come (onnxruntime)."""

import tempfile
from pathlib import Path

from train.devices import lacking
from train.devices.forms import Inputs, onnx
from train.devices.forms.onnx import FILE, read

__all__ = ["read", "write"]


def write(model: Path, out: Path, sample: Inputs) -> None:
    """Trace in float32, then round: `onnxruntime.quantization.quantize_dynamic`.

    Raises:
        ParamsError: onnxruntime or onnxscript is not installed.
    """
    with lacking.told("onnxruntime"):
        from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as scratch:
        onnx.write(model, Path(scratch), sample)
        quantize_dynamic(
            Path(scratch) / FILE, out / FILE, weight_type=QuantType.QInt8, per_channel=True
        )
