import os
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from pathlib import Path
import pyarrow as pa
from curate.stage import heap

def held():
    text = Path("/proc/self/smaps_rollup").read_text()
    return int(text.partition("\\nAnonymous:")[2].split()[0]) // 1024

heap.lean()
blocks = [bytes(5000) for _ in range(20_000)]  # 100 MB
last = bytes(5000)  # behind them, so that the heap's end cannot move
whole = held()
del blocks
freed = held()
heap.trim()
print(pa.default_memory_pool().backend_name, whole, freed, held())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_what_is_free_goes_back_to_the_system_and_arrow_has_no_heap_of_its_own():
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": str(2**29)}  # as workers have it
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    pool, *sizes = done.stdout.split()
    whole, freed, left = map(int, sizes)
    assert pool == "system"
    assert freed > whole - 20
    assert left < whole - 80
