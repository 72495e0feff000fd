"""The diffusion method beside the bare pipeline that it draws with.

The method draws two candidates to each of some captions by a small Stable Diffusion of random
weights, at 64 pixels and ten steps: the bank of concepts, recipes, memory, JPEG and rows are
counted. The bare pipeline is called with the same prompts, seeds, steps and guidance. Both run in
this process, in turn, on one thread of torch.

    diffusers    pictures per second of the processor, ours over theirs
"""

import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from augment.diffusion import pipeline
from augment.made import Context
from augment.methods import diffusion
from benchmarks import _cost
from benchmarks._augment import Measured
from curate.dataset import memory, record, sets
from curate.stage import params as parameter_file
from tests import _diffusion

BESIDE = {"diffusers": ("diffusers",)}
_PROMPTS, _SIDE, _WIDTHS = 12, 64, (64, 128)
_STEPS, _GUIDANCE = 10, 3.0


def measure(repeats: int) -> Measured:
    """Draw by both, in turn, as often as asked."""
    import torch

    ours, theirs, rows = [], [], []
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as held, chdir(held):
            folder = _diffusion.save_pipeline(Path("pipeline"), side=_SIDE, widths=_WIDTHS)
            pairs = _pairs()
            recipes = _drawn(pairs, folder, "first")[1]  # loads all that is loaded only once
            for number in range(repeats):
                ours.append(1 / _drawn(pairs, folder, f"memory-{number}")[0])
                theirs.append(1 / _bare(recipes, folder))
                rows.append([1e3 / (2 * _PROMPTS * rate) for rate in (theirs[-1], ours[-1])])
                rows[-1].append(ours[-1] / theirs[-1])
    finally:
        torch.set_num_threads(before)
    headings = ("diffusers ms/picture", "ours ms/picture", "ratio")
    return Measured(headings, rows, {"diffusers": _cost.ratios(ours, theirs)})


def _drawn(pairs: pa.Table, folder: Path, remembered: str) -> tuple[float, list[dict[str, Any]]]:
    """Seconds of the processor that the method takes with an empty memory, and its recipes."""
    values = {
        "model": str(folder),
        "steps": _STEPS,
        "guidance": _GUIDANCE,
        "candidates": 2,
        "prompts": {"least": 1, "count": _PROMPTS},
        "judge": {"model": None},
    }
    params = parameter_file.build(diffusion.Params, values, "make.diffusion")
    pq.write_table(pairs, f"{remembered}.parquet")
    context = Context(Path(f"{remembered}.parquet"), Path("packages"), None, None)
    defaults = memory.Memory.__init__.__defaults__
    memory.Memory.__init__.__defaults__ = (Path(remembered),)
    try:
        begun = time.process_time()
        batch = diffusion.make(pairs, context, params)
        seconds = time.process_time() - begun
    finally:
        memory.Memory.__init__.__defaults__ = defaults
    return seconds, [made.captions[0].recipe for made in batch.made]


def _bare(recipes: Sequence[dict[str, Any]], folder: Path) -> float:
    """Seconds of the processor that the pipeline alone takes for the same pictures."""
    import torch

    bare = pipeline.load(str(folder), "text", "auto", pipeline.Scheduler()).pipeline
    begun = time.process_time()
    for recipe in recipes:
        bare(
            [recipe["prompt"]] * len(recipe["seeds"]),
            num_inference_steps=_STEPS,
            guidance_scale=_GUIDANCE,
            height=_SIDE,
            width=_SIDE,
            generator=[torch.Generator().manual_seed(seed) for seed in recipe["seeds"]],
        )
    return time.process_time() - begun


def _pairs() -> pa.Table:
    """Pairs that the prompts are from; their pictures are never looked at."""
    draw = np.random.default_rng(0)
    words = ("red", "blue", "green", "square", "circle")
    rows = []
    for number in range(_PROMPTS):
        caption = f"a {' '.join(draw.choice(words, 3))} {number}"
        image = f"{number:032x}"
        rows.append(
            {
                "uid": record.pair_uid(image, "en", caption),
                "set": "pool",
                "image": image,
                "caption": caption,
                "lang": "en",
                "source": "words",
                "licence": "CC0-1.0",
                "width": _SIDE,
                "height": _SIDE,
                "shard": "images/none.tar",
                "offset": 0,
                "size": 0,
            }
        )
    return pa.Table.from_pylist(rows, sets.LOCATED)
