"""Pairs in; what their CLIP embeddings cost by the stage `score` beside clip-retrieval's, out.

Both are commands that take tars of the same JPEGs of 256 to 512 pixels with a caption each, and the
same ViT-B-32 of random weights, on one thread of torch with one process beside it, and write
embeddings of pictures and captions; ours also says how alike they are. Each is run with few pairs
first: what it takes to start, and to load torch, is in neither figure. The embeddings must be the
same.

    clip_retrieval    pairs per second of the processor, ours over theirs
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import yaml

from benchmarks import _cost, _peer, _photos
from benchmarks._curate import Measured, _pairs
from curate.dataset import shards, tables

_PEER = ("clip-retrieval==2.45.0", "transformers<5", "setuptools<80")
BESIDE = {"clip_retrieval": _PEER[:1]}
_FEW, _MANY, _BATCH = 32, 416, 32  # pairs
_SIDES = (256, 512)  # pixels
_SAMPLES = "samples"
_ALONE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "WANDB_MODE": "disabled"}


def measure(repeats: int) -> Measured:
    """Embed by both, in turn, as often as asked.

    Raises:
        RuntimeError: their embeddings differ.
    """
    python = _peer.python("clip_retrieval", _PEER)
    weights = _pairs.weights().absolute()
    folders = {count: _made(count, weights) for count in (_FEW, _MANY)}
    ours, theirs, rows = [], [], []
    for _ in range(repeats):
        their_cost = {n: _theirs(python, folder, weights) for n, folder in folders.items()}
        our_cost = {n: _ours(folder) for n, folder in folders.items()}
        _check(folders[_MANY])
        theirs.append((_MANY - _FEW) / (their_cost[_MANY] - their_cost[_FEW]))
        ours.append((_MANY - _FEW) / (our_cost[_MANY] - our_cost[_FEW]))
        rows.append([_MANY - _FEW, 1000 / theirs[-1], 1000 / ours[-1], ours[-1] / theirs[-1]])
    headings = ("pairs", "clip-retrieval, CPU ms a pair", "ours", "ratio")
    return Measured(headings, rows, {"clip_retrieval": _cost.ratios(ours, theirs)})


def _made(count: int, weights: Path) -> Path:
    """A folder with a pool, a tar of the same pictures with texts beside them, and params."""
    folder = (_peer.ROOT / f"clip_retrieval-{count}").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    photos = _photos.made("clip-photos", _MANY, _SIDES)
    data = [(photos / _photos.place(number)).read_bytes() for number in range(count)]
    told = [f"photograph number {number} of a window" for number in range(count)]
    rows = _pairs.pool(folder / "pool", data, told)
    samples = []
    for row, one in zip(rows, data, strict=True):
        samples += [(row["image"], "jpg", one), (row["image"], "txt", row["caption"].encode())]
    shards.write_one(folder, "photos", sorted(samples), _SAMPLES)
    params = {"score": {"clip": {"model": f"local-dir:{weights}", "batch": _BATCH}}}
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return folder


def _theirs(python: str, folder: Path, weights: Path) -> float:
    """CPU seconds of one run of clip-retrieval."""
    shutil.rmtree(folder / "theirs", ignore_errors=True)
    model = f"open_clip:{_pairs.MODEL}/{weights / 'open_clip_model.safetensors'}"
    options = ["--num_prepro_workers", "1", "--batch_size", str(_BATCH), "--clip_model", model]
    (samples,) = (folder / _SAMPLES).iterdir()
    places = ["--input_dataset", str(samples), "--output_folder", str(folder / "theirs")]
    places += ["--input_format", "webdataset"]  # of files it finds no caption's picture
    command = [str(Path(python).with_name("clip-retrieval")), "inference", *places, *options]
    return _cost.measured(command, _ALONE).cpu


def _ours(folder: Path) -> float:
    """CPU seconds of one run of our stage, without a memory."""
    for name in ("ours", ".pairwright"):
        shutil.rmtree(folder / name, ignore_errors=True)
    command = [
        *("env", "-C", str(folder), sys.executable, "-m", "curate.score", "--name", "clip"),
        *("--sets", "pool", "--out", "ours/clip.parquet", "--embeddings", "ours/clip"),
    ]
    return _cost.measured(command, {**_ALONE, "PYTHONPATH": str(Path.cwd())}).cpu


def _check(folder: Path) -> None:
    """Hold the embeddings of pictures against each other.

    Raises:
        RuntimeError: they differ.
    """
    table = tables.read(folder / "ours/clip/images.parquet").sort_by("image")
    ours = np.array(table.column("vector").to_pylist(), np.float32)
    found = np.load(folder / "theirs/img_emb/img_emb_0.npy").astype(np.float32)  # by name of file
    if ours.shape != found.shape or (np.abs(ours - found).max() > 2e-3):
        raise RuntimeError("clip-retrieval's embeddings of pictures are not ours")
