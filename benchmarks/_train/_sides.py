"""Names of sides and of a model in; what a training step by each costs, run in turn, out."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence

from benchmarks import _peer

ACCELERATE = "accelerate==1.15.0"  # what Hugging Face's Trainer needs beside transformers


def measured(sides: Sequence[str], model: str, repeats: int) -> dict[str, list[float]]:
    """Milliseconds of a step by each side, `benchmarks/_train/_side.py`; as often as asked.

    The side `turns` tells of two, by their names, `operations` of none: how many a step asks for.

    Raises:
        RuntimeError: a side fails; shows what it said.
    """
    found: dict[str, list[float]] = defaultdict(list)
    told = filter(None, [os.environ.get("PYTHONPATH"), str(_peer.beside(ACCELERATE))])
    one = {"CUDA_VISIBLE_DEVICES": "0", **os.environ}  # of several GPUs, the first
    environment = {**one, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(told)}
    for _ in range(repeats):
        for side in sides:
            command = [sys.executable, "-m", "benchmarks._train._side", side, model]
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{' '.join(command)}:\n{done.stderr[-4000:]}")
            for name, seconds in json.loads(done.stdout.splitlines()[-1]).items():
                found[name].append(seconds if name == "operations" else 1000 * seconds)
    return found
