"""Batches of views in; a model whose two towers find each other's side, out.

Views are small for most of the steps and grow at the end (Touvron et al., "Fixing the train-test
resolution discrepancy", NeurIPS 2019). Each tower computes in a thread of its own on one core:
nothing is summed across threads, so how they run never shows in the weights.
"""

import contextlib
import math
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from curate.contrastive import network, objective
from curate.contrastive.batches import Batch, Batches, Examples
from curate.contrastive.recipe import Training
from curate.stage import cluster

_FIRST_SCALE, _LARGEST_SCALE = 14.3, 100.0  # factor of the cosines
_LONGEST_GRADIENT = 1.0  # norm that gradients are cut to


def train(model: Any, examples: Examples, training: Training) -> dict[str, Any]:
    """Train a model in place.

    Args:
        model: of `network.build`.
        examples: at least one.
        training: how long and how fast.

    Returns:
        Steps taken and the mean losses of the last tenth of them, in nats.
    """
    towers = Towers(model, computes_in_half(training.precision))
    optimiser = _optimiser(model, training)
    batches = Batches(examples, training, model.visual.image_size[0])
    losses = np.zeros((batches.steps, 2))
    with (
        ThreadPoolExecutor(1, initializer=torch.set_flush_denormal, initargs=(True,)) as other,
        cluster.progress(batches.steps * batches.size, "train", "views") as bar,
    ):
        stream = iter(batches)
        batch, step = next(stream, None), 0
        while batch is not None:
            for part in optimiser.param_groups:
                part["lr"] = training.rate * share_of_rate(step / batches.steps, training.warm_up)
            losses[step], following = towers.backward(batch, stream, training.words, other)
            nn.utils.clip_grad_norm_(model.parameters(), _LONGEST_GRADIENT)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            batch, step = following.result(), step + 1
            bar.update(batches.size)
    contrastive, words = losses[-max(1, batches.steps // 10) :].mean(axis=0)
    return {
        "steps": batches.steps,
        "batch": batches.size,
        "precision": "bf16" if towers.half else "fp32",
        "loss": {"contrastive": float(contrastive), "words": float(words)},
    }


class Towers:
    """Both towers of a model in training, the text tower in another thread.

    Args:
        model: of `network.build`.
        half: compute in bfloat16 where torch finds it safe.
    """

    def __init__(self, model: Any, half: bool) -> None:
        self.half = half
        self._model = model.train()
        model.visual.to(memory_format=torch.channels_last)
        with torch.no_grad():
            model.logit_scale.fill_(math.log(_FIRST_SCALE))

    def backward(
        self, batch: Batch, stream: Iterator[Batch], weight: float, other: ThreadPoolExecutor
    ) -> tuple[tuple[float, float], "Future[Batch | None]"]:
        """Losses of a batch, their gradients left in the model, and the batch that follows.

        Args:
            batch: what is learnt from.
            stream: is asked for the following batch while the image tower still computes.
            weight: of the words beside the contrastive loss.
            other: one thread.

        Returns:
            Contrastive loss and loss of the words, in nats; the following batch, None at the end.
        """
        reading = other.submit(self._read, batch)
        following = other.submit(next, stream, None)
        outputs = [self._look(batch.seen), *reading.result()]
        ends = [output.detach().requires_grad_() for output in outputs]
        images, texts, words = ends
        scale = self._model.logit_scale.exp().clamp(max=_LARGEST_SCALE)
        contrastive = objective.contrastive(images, texts, scale, batch.alike)
        shared = objective.words(images, words, scale, batch.present)
        (contrastive + weight * shared).backward()
        back = other.submit(torch.autograd.backward, outputs[1:], [e.grad for e in ends[1:]])
        outputs[0].backward(images.grad)
        back.result()
        return (contrastive.item(), shared.item()), following

    def _look(self, seen: Tensor) -> Tensor:
        with self._precision():
            return F.normalize(self._model.visual(seen).float(), dim=-1)

    def _read(self, batch: Batch) -> list[Tensor]:
        with self._precision():
            read = [network.encode_texts(self._model, t) for t in (batch.tokens, batch.spelled)]
        return [F.normalize(vectors.float(), dim=-1) for vectors in read]

    def _precision(self) -> torch.autocast:
        # autocast's memory of cast weights is one for all threads, and whoever leaves autocast
        # empties it: whether gradients were summed before or after their cast would be chance
        return torch.autocast("cpu", torch.bfloat16, enabled=self.half, cache_enabled=False)


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


def share_of_rate(done: float, warm_up: float) -> float:
    """Of the highest learning rate, at a share of the steps: a line up, half a cosine down."""
    if done < warm_up:
        return (done + 1e-3) / (warm_up + 1e-3)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2


def computes_in_half(precision: str) -> bool:
    """Whether to compute in bfloat16; `auto`: where the CPU has instructions for it."""
    if precision == "auto":
        return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    return precision == "bf16"


def _optimiser(model: nn.Module, training: Training) -> torch.optim.Optimizer:
    """AdamW; vectors, scalars and positions do not decay."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, value in model.named_parameters():
        plain = value.ndim < 2 or name.endswith("positional_embedding")
        (others if plain else matrices).append(value)
    parts = [
        {"params": matrices, "weight_decay": training.decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(parts, lr=training.rate, betas=(0.9, 0.98), eps=1e-6)
