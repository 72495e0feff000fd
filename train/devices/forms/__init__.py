"""One file per form in which a model's matching runs on a device's CPU.

    def write(model: Path, out: Path, sample: Inputs) -> None: ...
    def read(folder: Path) -> Match: ...

`write` brings the model of a folder into a new folder, whose files are all that `read` needs beside
the tokenizer; a sample of what it will be given, of two pairs or more, is traced where a form needs
one. `read` loads what runs it, and nothing else: that of ONNX no torch.
"""

from collections.abc import Callable

import numpy as np

Inputs = dict[str, np.ndarray]
"""tokens `(B, T)` int64, features `(B, R, F)` and boxes `(B, R, 4)` float32, regions `(B, R)` bool
and, of a model that reads them, pixels `(B, 3, S, S)` float32; see `train.batch.Batch`."""
Match = Callable[[Inputs], np.ndarray]
"""Log-odds that each caption belongs to its picture, `(B,)` float32."""
