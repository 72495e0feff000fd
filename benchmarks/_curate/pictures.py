"""Pictures in; what all measures and hashes of them cost beside decoding them and no more, out.

Photographs of two sizes from tars, and where there is a `data/pool` here, pictures of that. The
scorers `image` and `phash` share one decode. A bare decoder gets the same bytes from memory and
gives RGB at the same scale: for JPEGs simplejpeg, as fast as any, and for others Pillow; nothing
that looks at pixels can cost less. The table has the mean size of the pictures in thousands of
pixels.

    images_per_cpu_s          photographs of about 760 x 760 pixels per second of the processor
    images_per_cpu_s_small    the same of about 450 x 450
    images_over_decode        seconds of bare decoding over those of all, of the larger ones
    images_over_decode_small  the same of the smaller ones
"""

import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import simplejpeg
from PIL import Image

from benchmarks import _cost, _photos
from benchmarks._curate import Measured
from curate import together
from curate.dataset import record, sets, shards
from curate.dataset.small import small
from curate.scorers import image, phash

_COUNT = 500
_SIZES = {  # folder of photographs, least and greatest side (pixels)
    "": ("photos", (500, 1024)),
    "_small": ("increment-photos", (256, 640)),
}
_OWN = Path("data/pool")
_JOBS = [(image, image.Params()), (phash, phash.Params())]


def measure(repeats: int) -> Measured:
    """Measure each size and decode it, in turn, as often as asked."""
    rows, found = [], {}
    with tempfile.TemporaryDirectory() as folder:
        pools = {name: _stored(*_SIZES[name], Path(folder, f"pool{name}")) for name in _SIZES}
        if sets.any_in(_OWN):
            pools["_own"] = _some(sets.distinct_images(sets.located([_OWN])))
        for name, pool in pools.items():
            held, scales, area = _known(pool)
            all_, bare = [], []
            for _ in range(repeats):
                all_.append(len(held) / _seconds(partial(together.measure, pool, _JOBS)))
                bare.append(len(held) / _seconds(partial(_decoded, held, scales)))
                share = all_[-1] / bare[-1]
                rows.append([str(_OWN) if name == "_own" else "photographs", area / 1000])
                rows[-1] += [all_[-1], bare[-1], f"{share:.3f}"]
            found[f"images_per_cpu_s{name}"] = _cost.ratios(all_, [1.0] * repeats)
            found[f"images_over_decode{name}"] = _cost.ratios(all_, bare)
    headings = ("pictures", "1000 pixels", "all, a CPU s", "decoded, a CPU s", "ratio")
    return Measured(headings, rows, found)


def _stored(name: str, sides: tuple[int, int], pool: Path) -> pa.Table:
    """Rows of a set of photographs."""
    root = _photos.made(name, 1000, sides)
    data = [(root / _photos.place(number)).read_bytes() for number in range(_COUNT)]
    members = sorted({(record.image_name(one), "jpg", one) for one in data})
    places = shards.write(pool, "photos", members, per_shard=1024)
    return pa.Table.from_pylist(
        [{"set": str(pool), "image": n, **places[n]._asdict()} for n, _, _ in members]
    )


def _some(rows: pa.Table) -> pa.Table:
    """As many rows from end to end."""
    return rows.take(np.unique(np.linspace(0, rows.num_rows - 1, _COUNT).astype(int)))


def _known(rows: pa.Table) -> tuple[list[bytes], list[tuple[int, int]], float]:
    """Bytes of each picture, the scale at which it is measured, and the mean area in pixels."""
    readers = {root: shards.ShardReader(root) for root in rows.column("set").unique().to_pylist()}
    held = [
        readers[row["set"]].read(row["shard"], row["offset"], row["size"])
        for row in rows.to_pylist()
    ]
    for reader in readers.values():
        reader.close()
    grids = [small(data) for data in held]
    area = float(np.mean([grid.size[0] * grid.size[1] for grid in grids]))
    return held, [grid.grid.shape[1::-1] for grid in grids], area


def _decoded(held: list[bytes], scales: list[tuple[int, int]]) -> None:
    for data, (width, height) in zip(held, scales, strict=True):
        if simplejpeg.is_jpeg(data):
            simplejpeg.decode_jpeg(data, "RGB", min_width=width, min_height=height)
        else:
            with Image.open(io.BytesIO(data)) as opened:
                opened.load()


def _seconds(call: Callable[[], object]) -> float:
    """Seconds of the processor that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start
