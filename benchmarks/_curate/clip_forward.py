"""Pairs in; what the whole stage `score` costs beside a bare CLIP on tensors in memory, out.

A ViT-B-32 of random weights scores JPEGs of 256 to 512 pixels, a caption each, from tars: reading,
decoding, preprocessing, tokens, both towers, dask, tables. The bare model runs open_clip's two
towers on the same pictures and captions, already tensors, captions at open_clip's full length;
both run in this process, in turn, on one thread of torch.

    clip_forward    seconds of the processor, the bare model's over the stage's
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _cost, _peer, _photos
from benchmarks._curate import Measured, _pairs
from curate import score
from curate.dataset import pixels, sets, shards, tables
from curate.stage import cluster

BESIDE = {"clip_forward": ("open_clip_torch",)}
_PAIRS, _BATCH = 256, 32
_SIDES = (256, 512)  # pixels, least and greatest width and height


def measure(repeats: int) -> Measured:
    """Score the pairs and run the bare model on them, in turn, as often as asked."""
    folder, pool = _pairs.weights().absolute(), _pool().absolute()
    params = {"model": f"local-dir:{folder}", "batch": _BATCH}
    bare = _Bare(f"local-dir:{folder}", pool)
    stage, forward, rows = [], [], []
    with _one_process():
        _stage(pool, params)  # loads the model
        for _ in range(repeats):
            stage.append(_stage(pool, params, bare))
            forward.append(bare.seconds())
            rows.append([_PAIRS, *(1000 * s / _PAIRS for s in (stage[-1], forward[-1]))])
    headings = ("pairs", "stage, CPU ms a pair", "bare model, CPU ms a pair")
    return Measured(headings, rows, {"clip_forward": _cost.ratios(forward, stage)})


class _Bare:
    """open_clip's model with the pictures and captions of a pool as tensors."""

    def __init__(self, name: str, pool: Path) -> None:
        import open_clip
        import torch

        torch.set_num_threads(1)
        self.model, preprocess = open_clip.create_model_from_pretrained(name)
        self.model.eval()
        rows = sets.located([pool])
        with shards.ShardReader(pool) as reader:
            data = [reader.read(r["shard"], r["offset"], r["size"]) for r in rows.to_pylist()]
        self.uids = rows.column("uid").to_pylist()
        self.pictures = torch.stack([preprocess(pixels.decode(one)) for one in data])
        self.tokens = open_clip.get_tokenizer(name)(rows.column("caption").to_pylist())

    def seconds(self) -> float:
        """Seconds of the processor for both towers."""
        start = time.process_time()
        self.similarities()
        return time.process_time() - start

    def similarities(self) -> np.ndarray:
        """Cosine of each pair."""
        import torch

        found = []
        with torch.inference_mode():
            for at in range(0, len(self.uids), _BATCH):
                images = self.model.encode_image(self.pictures[at : at + _BATCH], normalize=True)
                texts = self.model.encode_text(self.tokens[at : at + _BATCH], normalize=True)
                found.append((images * texts).sum(dim=1).numpy())
        return np.concatenate(found)


def _stage(pool: Path, params: dict[str, Any], bare: _Bare | None = None) -> float:
    """Seconds of the processor that the stage takes without a memory.

    Raises:
        RuntimeError: its similarities are not the bare model's.
    """
    with tempfile.TemporaryDirectory() as empty, chdir(empty):
        start = time.process_time()
        score.main("clip", pool, Path("clip.parquet"), params, Path("clip"))
        seconds = time.process_time() - start
        if bare is not None:
            table = tables.read(Path("clip.parquet")).to_pydict()
            known = dict(zip(table["uid"], table["similarity"], strict=True))
            ours = np.array([known[uid] for uid in bare.uids])
            if np.abs(ours - bare.similarities()).max() > 1e-4:
                raise RuntimeError("the stage's similarities are not those of open_clip")
    return seconds


@contextmanager
def _one_process() -> Iterator[None]:
    """A dask worker in this process, so that its processor time is all of the stage's.

    It looks at itself as seldom as those that the stage starts, see `cluster.client`.
    """
    import dask
    from distributed import LocalCluster

    options = {"dashboard_address": None, "silence_logs": "ERROR"}
    with (
        dask.config.set(cluster.QUIET),
        LocalCluster(1, threads_per_worker=1, processes=False, **options) as local,
    ):
        os.environ["DASK_SCHEDULER_ADDRESS"] = local.scheduler_address
        try:
            yield
        finally:
            del os.environ["DASK_SCHEDULER_ADDRESS"]


def _pool() -> Path:
    """A set of photographs with a caption each; made once."""
    root = _peer.ROOT / "clip-pool"
    if not (root / sets.PAIRS_FILE).is_file():
        photos = _photos.made("clip-photos", _PAIRS, _SIDES)
        data = [(photos / _photos.place(number)).read_bytes() for number in range(_PAIRS)]
        told = "photograph number {} of a place, as one sees it from a window"
        _pairs.pool(root, data, [told.format(number) for number in range(_PAIRS)])
    return root
