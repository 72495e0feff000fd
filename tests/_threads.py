"""Code in; what it prints whatever the number of threads that libraries may use, out."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def printed(code: str) -> set[bytes]:
    """All that code prints with one thread, two and five, each in a process of its own."""
    told = set()
    for threads in "1", "2", "5":
        environment = {**os.environ, **dict.fromkeys(_NAMES, threads)}
        run = [sys.executable, "-c", f"import sys; sys.path.insert(0, '.')\n{code}"]
        done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, check=True)
        told.add(done.stdout)
    return told
