"""Pictures with captions in; a model whose two towers find each other's side, out.

An epoch sees one picture of each group, so that 144 variants of one drawing weigh as much as a
drawing that has none. Views are small for most of the steps and grow at the end (Touvron et al.,
"Fixing the train-test resolution discrepancy", NeurIPS 2019). Each tower computes in a thread of
its own, one core each: nothing is summed across threads, so how they run never shows.
"""

import contextlib
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.contrastive import network, objective, views, vocabulary
from curate.contrastive.recipe import Training
from curate.stage import cluster

_FIRST_SCALE, _LARGEST_SCALE = 14.3, 100.0  # factor of the cosines
_LONGEST_GRADIENT = 1.0  # norm that gradients are cut to


@dataclass(frozen=True)
class Examples:
    """What is trained on; N pictures."""

    pictures: Tensor  # (N, 3, S, S) uint8, on white, S somewhat above the views' side
    captions: list[views.Captions]  # N
    bags: list[set[int]]  # N, tokens of each picture's captions in the main language
    groups: np.ndarray  # (N,) int64, one number per group


class Batch(NamedTuple):
    """Views of B pictures and their captions."""

    rows: list[int]  # B, of the examples
    seen: Tensor  # (B, 3, side, side)
    tokens: Tensor  # (B, T)


def train(model: Any, examples: Examples, training: Training) -> dict[str, Any]:
    """Train a model in place.

    Args:
        model: of `network.build`.
        examples: at least one.
        training: how long and how fast.

    Returns:
        Steps taken and the mean losses of the last tenth of them, in nats.
    """
    targets = objective.word_targets(examples.bags, model.text.vocab_size)
    guess = nn.Linear(model.visual.head.proj.out_features, model.text.vocab_size)
    model.visual.to(memory_format=torch.channels_last)
    model.train()
    with torch.no_grad():
        model.logit_scale.fill_(math.log(_FIRST_SCALE))
    everything = nn.ModuleList([model, guess])
    optimiser = _optimiser(everything, training)
    half = _half(training)

    def look(batch: Batch) -> tuple[Tensor, Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            images = model.visual(batch.seen)
            guesses = guess(images)
        return F.normalize(images.float(), dim=-1), guesses.float()

    def read(batch: Batch) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            texts = network.encode_texts(model, batch.tokens)
        return F.normalize(texts.float(), dim=-1)

    batches = _batches(examples, training, model.visual.image_size[0])
    steps, size = next(batches)
    losses = np.zeros((steps, 2))
    with ThreadPoolExecutor(1, initializer=torch.set_flush_denormal, initargs=(True,)) as other:
        batch = next(batches)
        for step in _progress(steps, size):
            for part in optimiser.param_groups:
                part["lr"] = training.rate * _share(step / steps, training.warm_up)
            reading = other.submit(read, batch)
            following = other.submit(next, batches, None)
            images, guesses = look(batch)
            texts = reading.result()
            ends = [end.detach().requires_grad_() for end in (images, guesses, texts)]
            found = objective.contrastive(
                ends[0],
                ends[2],
                model.logit_scale.exp().clamp(max=_LARGEST_SCALE),
                _alike(torch.from_numpy(examples.groups[batch.rows]), batch.tokens),
            )
            named = objective.words(ends[1], targets[batch.rows])
            (found + training.words * named).backward()
            reading = other.submit(texts.backward, ends[2].grad)
            torch.autograd.backward([images, guesses], [ends[0].grad, ends[1].grad])
            reading.result()
            nn.utils.clip_grad_norm_(everything.parameters(), _LONGEST_GRADIENT)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            losses[step] = found.item(), named.item()
            batch = following.result()
    contrastive, guessing = losses[-max(1, steps // 10) :].mean(axis=0)
    return {
        "steps": steps,
        "batch": size,
        "precision": "bf16" if half else "fp32",
        "loss": {"contrastive": float(contrastive), "words": float(guessing)},
    }


@contextlib.contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Within it, torch draws from a seed and computes the same way each time.

    Each thread computes on one core, since what cores sum up together depends on their number.
    Numbers too small for full precision count as zero: they make CPUs many times slower.

    Args:
        seed: of torch's own generator.
    """
    deterministic = torch.are_deterministic_algorithms_enabled()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_flush_denormal(False)
        torch.use_deterministic_algorithms(deterministic)
        torch.set_num_threads(threads)


def _batches(examples: Examples, training: Training, size: int) -> Iterator[Any]:
    """The number of steps and the pictures in each; then that many batches."""
    draw = np.random.default_rng(training.seed)
    chance = torch.Generator().manual_seed(training.seed)
    members = _members(examples.groups)
    batch = min(training.batch, len(members))
    steps = max(1, round(training.epochs * len(members) / batch))
    yield steps, batch
    order = _order(members, draw)
    for step in range(steps):
        rows = [next(order) for _ in range(batch)]
        side = size if step >= steps * (1 - training.last) else training.first_size
        seen = views.pictures(
            examples.pictures[rows], side, chance, training.zoom, training.jitter
        )
        texts = [examples.captions[row].view(training.main_share, draw) for row in rows]
        tokens = torch.from_numpy(vocabulary.framed(texts, training.caption))
        yield Batch(rows, seen, tokens)


def _members(groups: np.ndarray) -> list[np.ndarray]:
    """Rows of each group."""
    order = np.argsort(groups, kind="stable")
    borders = np.flatnonzero(np.diff(groups[order])) + 1
    return np.split(order, borders)


def _order(members: list[np.ndarray], draw: np.random.Generator) -> Iterator[int]:
    """Rows without end: in each pass over the groups one row of each, in a drawn order."""
    while True:
        for group in draw.permutation(len(members)):
            yield int(draw.choice(members[group]))


def _share(done: float, warm_up: float) -> float:
    """Of the highest learning rate, at a share of the steps."""
    if done < warm_up:
        return (done + 1e-3) / (warm_up + 1e-3)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2


def _alike(groups: Tensor, tokens: Tensor) -> Tensor:
    """Which rows share a group or a caption, (B, B) bool."""
    same_text = (tokens[:, None] == tokens[None, :]).all(dim=-1)
    return (groups[:, None] == groups[None, :]) | same_text


def _optimiser(model: nn.Module, training: Training) -> torch.optim.Optimizer:
    """AdamW; vectors, scalars and positions do not decay."""
    matrices, others = [], []
    for name, value in model.named_parameters():
        plain = value.ndim < 2 or name.endswith("positional_embedding")
        (others if plain else matrices).append(value)
    parts = [
        {"params": matrices, "weight_decay": training.decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(parts, lr=training.rate, betas=(0.9, 0.98), eps=1e-6)


def _half(training: Training) -> bool:
    if training.precision == "auto":
        return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    return training.precision == "bf16"


def _progress(steps: int, batch: int) -> Iterator[int]:
    with cluster.progress(steps * batch, "train", "views") as bar:
        for step in range(steps):
            yield step
            bar.update(batch)
