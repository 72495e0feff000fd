"""Path of an ONNX file in; a model that runs on one core, out, and pictures in the form it takes.

None is brought along and nothing is downloaded: the file is the user's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from pydantic import Field

from curate.dataset.errors import ParamsError, WeightsError
from curate.stage.params import parameters


@parameters
class Input:
    """What becomes of a picture before a model sees it."""

    size: Annotated[int, Field(ge=1)] = 224  # pixels, side of the square that the model takes
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)  # of R, G, B from 0 to 1, subtracted
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)  # what is then divided by
    layout: Literal["NCHW", "NHWC"] = "NCHW"


def prepared(grid: np.ndarray, given: Input) -> np.ndarray:
    """(1, 3, size, size) or (1, size, size, 3) float32 of (H, W, 3) uint8, by `layout`."""
    square = cv2.resize(grid, (given.size, given.size), interpolation=cv2.INTER_AREA)
    mean, std = (np.array(numbers, np.float32) for numbers in (given.mean, given.std))
    values = (square.astype(np.float32) / 255 - mean) / std
    return (values if given.layout == "NHWC" else values.transpose(2, 0, 1))[None]


def there(path: Path | str, key: str, advice: str) -> Path:
    """The file, if there is one.

    Args:
        path: of it.
        key: of params.yaml that names it.
        advice: what to do where it is missing.

    Raises:
        WeightsError: there is none.
    """
    file = Path(path)
    if not file.is_file():
        raise WeightsError(f"no file {file} ({key}): {advice}")
    return file


class Model:
    """An ONNX model with one input.

    Args:
        file: that is there.

    Raises:
        WeightsError: it cannot be run, or takes several inputs.
    """

    def __init__(self, file: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise WeightsError(
                f"{file} is run by onnxruntime (pip install pairwright[onnx])"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3  # what goes wrong is raised, too
        self._file = file
        try:
            self._session = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
        except Exception as error:  # it raises classes of its own, undocumented
            raise WeightsError(f"{file} is no ONNX model that can be run: {error}") from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            named = ", ".join(one.name for one in inputs)
            raise WeightsError(f"{file} takes {len(inputs)} inputs ({named}), not one")
        self._input = inputs[0]

    @property
    def shape(self) -> list[Any]:
        """Of its input; a number for each axis that is fixed, something else for a free one."""
        return list(self._input.shape)

    @property
    def outputs(self) -> list[str]:
        """Names of its outputs."""
        return [output.name for output in self._session.get_outputs()]

    def output(self, name: str | None, key: str) -> str:
        """Name of an output: the one asked for, or the first.

        Args:
            name: asked for.
            key: of params.yaml that asks.

        Raises:
            ParamsError: it has none of that name.
        """
        known = self.outputs
        if name is not None and name not in known:
            raise ParamsError(
                f"{self._file} has no output {name!r} ({key}; known: {', '.join(known)})"
            )
        return name or known[0]

    def run(self, values: np.ndarray, output: str) -> np.ndarray:
        """What one of its outputs says of float32 values.

        Raises:
            WeightsError: it does not take them.
        """
        return self.answers(values, [output])[0]

    def answers(self, values: np.ndarray, outputs: Sequence[str]) -> list[np.ndarray]:
        """What some of its outputs say of float32 values.

        Raises:
            WeightsError: it does not take them.
        """
        try:
            found = self._session.run(list(outputs), {self._input.name: values})
            return [np.asarray(one) for one in found]
        except Exception as error:
            raise WeightsError(
                f"{self._file} takes {self._input.type} of {_said(self.shape)}, and cannot be "
                f"given float32 of {_said(values.shape)}: {error}"
            ) from error


def _said(shape: Any) -> str:
    return " x ".join(str(side) if side is not None else "?" for side in shape)
