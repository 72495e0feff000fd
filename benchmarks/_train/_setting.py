"""The name of a model in; its plan, the demo's training pairs and what a run of it needs, out.

Every side of a comparison starts from the same weights, in float32 on one thread of torch, or in
bf16 on a GPU.
"""

from pathlib import Path
from typing import NamedTuple

import torch

from benchmarks._train import _device
from curate.stage import machine, plugin
from curate.stage.params import build
from train import examine, text
from train.batches import Batches
from train.corpus import Corpus, load
from train.model import Model
from train.notes import needed
from train.params import PretrainParams
from train.plan import Sizes

WARM, STEPS, BATCH = 5, 25, 128  # steps that are not counted, steps that are, pairs of a step
_SAMPLING = {
    "languages": {"en": 1.0, "other": 0.1},
    "negatives": 0.5,
    "hard": 0.1,
    "twins": 0.5,
    "unmasked": 0.5,
}


class Setting(NamedTuple):
    """What each side is given."""

    model: Model
    corpus: Corpus
    words: text.Words
    params: PretrainParams
    batches: Batches
    tasks: list[examine.Task]


def of(name: str) -> Setting:
    """A run of the model as its file in `train/models/` has it, of a size for the device.

    Raises:
        FileNotFoundError: the demo is not there.
    """
    if not Path("data/snapshot/manifest.parquet").is_file():
        raise FileNotFoundError("data/snapshot is missing: run `make repro` first")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    module = plugin.load("train.models", name)
    size = {"size": _device.size()}
    plan = module.plan(build(module.Params, size, name))
    values = {
        "model": size,
        "steps": WARM + STEPS,
        "batch": BATCH,
        "sampling": _SAMPLING,
        "precision": _device.precision(),
        "log": WARM,
        "validate": 0,
        "checkpoint": 0,
    }
    params = build(PretrainParams, values, "benchmark")
    words = text.Words(Path("models/filter_network"))
    paths = (Path("data/snapshot"), Path("data/labels"), "train", words)
    made = (Path("data/labels_made"), Path("data/made"), needed(plan))
    corpus = load(*paths, plan.text_tokens, plan.regions, *made)
    regions = corpus.regions
    sizes = Sizes(words.size, regions.features.shape[-1], 1 + int(regions.labels.max()))
    batches = Batches(corpus, words, BATCH, params.seed, params.sampling)
    tasks = examine.tasks(plan.objectives)
    model = Model(name, plan, sizes).to(machine.device())
    return Setting(model, corpus, words, params, batches, tasks)
