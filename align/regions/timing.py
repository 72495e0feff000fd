"""Located images in; what it takes to look at one that was never seen, out."""

import time
from typing import Any

import numpy as np
import pyarrow as pa

from align.regions.look import look_at_group

_WARM = 5  # images that do not count: the first loads the tower


def of_images(images: pa.Table, values: dict[str, Any]) -> dict[str, float]:
    """CPU time of looking at an image, on one thread, median and that 99 of 100 keep within.

    Decoding, the maker and the tower are all in it; nothing is remembered.

    Args:
        images: located images, one at least.
        values: as of `align.regions.look.values_of`.

    Returns:
        p50_ms and p99_ms.
    """
    took = []
    for at in range(_WARM + images.num_rows):
        one = images.slice((at - _WARM) % images.num_rows, 1)
        started = time.process_time()
        look_at_group(one, values, filled=False)
        took.append(time.process_time() - started)
    p50, p99 = np.percentile(took[_WARM:], [50, 99]) * 1000
    return {"p50_ms": float(p50), "p99_ms": float(p99)}
